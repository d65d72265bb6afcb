//! A small builder of traces for the tests of rules.

use crate::client::Client;
use crate::finding::Case;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Rule;
use crate::finding::View;
use crate::foreign::Foreign;
use crate::secret::Fingerprint;
use crate::trace::Act;
use crate::trace::End;
use crate::trace::Exchange;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Step;
use crate::trace::StepKey;
use crate::trace::Stop;
use crate::trace::Subject;
use crate::trace::Trace;
use crate::trace::Unsure;
use crate::trace::act::ProcessRun;
use crate::trace::call::Call;
use crate::trace::call::CallState;
use crate::trace::call::Place;
use crate::trace::call::SourceKind;
use crate::trace::exchange::Body;
use crate::trace::exchange::Came;
use crate::trace::exchange::CredentialUse;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Phases;
use crate::trace::exchange::Reply;
use crate::trace::exchange::Sent;
use crate::trace::expected::Expected;
use crate::trace::expected::SlowLimit;
use crate::trace::fact::ArchiveBy;
use crate::trace::fact::ChoiceFact;
use crate::trace::fact::ConfigFile;
use crate::trace::fact::ConfigPlace;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::fact::ConfigState;
use crate::trace::fact::IgnoredSetting;
use crate::trace::fact::LocationBody;
use crate::trace::fact::LocationFact;
use crate::trace::fact::ModuleDirFact;
use crate::trace::fact::OnDisk;
use crate::trace::fact::PackageFact;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;
use crate::trace::fact::RecordsFact;
use crate::trace::fact::Rung;
use crate::trace::fact::RungKind;
use crate::trace::fact::RungState;
use crate::trace::fact::ServiceFrom;
use crate::trace::fact::StoreFact;
use crate::trace::fact::WhyIgnored;
use crate::trace::stop::NoService;
use crate::trace::stop::ProcessStop;
use std::time::Duration;

/// The registry of the story.
pub(crate) const HOST: &str = "reg.example.com";

/// One call and what happened on its way.
pub(crate) struct Story {
    trace: Trace,
    client: Client,
}

/// The registry.
pub(crate) fn host() -> Subject {
    Subject::Host(HOST.to_owned())
}

/// The module.
pub(crate) fn module() -> Subject {
    Subject::Module(format!("{HOST}/net/sg/aws"))
}

/// The release.
pub(crate) fn release() -> Subject {
    Subject::Release(format!("{HOST}/net/sg/aws 1.0.0"))
}

/// The package.
pub(crate) fn package() -> Subject {
    Subject::Package("https://cdn.example.com/sg.tgz".to_owned())
}

/// The call.
pub(crate) fn call() -> Subject {
    Subject::Call("m".to_owned())
}

/// Text from outside.
pub(crate) fn foreign(text: &str) -> Foreign {
    Foreign::new(text)
}

impl Story {
    /// A call of a registry module.
    pub(crate) fn registry() -> Self {
        Self::of(
            SourceKind::Registry,
            "reg.example.com/net/sg/aws",
            vec![host(), module(), release(), package()],
        )
    }

    /// A call of a package address.
    pub(crate) fn direct() -> Self {
        Self::of(
            SourceKind::Remote,
            "https://cdn.example.com/sg.tgz",
            vec![package()],
        )
    }

    /// A call of a local directory.
    pub(crate) fn local() -> Self {
        Self::of(SourceKind::Local, "./sg", Vec::new())
    }

    fn of(kind: SourceKind, source: &str, used: Vec<Subject>) -> Self {
        let call = Call {
            key: "m".to_owned(),
            place: Some(Place {
                file: "main.tf".to_owned(),
                line: 1,
                column: 1,
            }),
            source: foreign(source),
            constraint: Some(foreign("1.0.0")),
            kind,
            recorded_source: source.to_owned(),
            version: None,
            used,
            dir: Some(".terraform/modules/m".to_owned()),
            state: CallState::Installed,
            first_use: true,
        };
        Self {
            trace: Trace {
                steps: crate::trace::Steps::default(),
                calls: vec![call],
                ..Trace::default()
            },
            client: Client::parse("terraform@1.11.4").expect("a client"),
        }
    }

    /// Another client than Terraform 1.11.4.
    pub(crate) fn client(mut self, text: &str) -> Self {
        self.client = Client::parse(text).expect("a client");
        self
    }

    /// Changes the call.
    pub(crate) fn with_call(mut self, change: impl FnOnce(&mut Call)) -> Self {
        change(self.trace.calls.first_mut().expect("the call"));
        self
    }

    /// One more call, in a called module.
    pub(crate) fn with_child(mut self, key: &str, kind: SourceKind, source: &str) -> Self {
        let first = self.trace.calls.first().expect("the call").clone();
        self.trace.calls.push(Call {
            key: key.to_owned(),
            kind,
            source: foreign(source),
            used: Vec::new(),
            dir: None,
            ..first
        });
        self
    }

    /// What the last call uses.
    pub(crate) fn with_child_using(self, key: &str, subject: Subject) -> Self {
        self.with_last_call(|call| {
            if call.key == key {
                call.used.push(subject);
            }
        })
    }

    /// Changes the last call.
    pub(crate) fn with_last_call(mut self, change: impl FnOnce(&mut Call)) -> Self {
        change(self.trace.calls.last_mut().expect("a call"));
        self
    }

    /// A step with everything given.
    pub(crate) fn step(
        mut self,
        stage: Stage,
        subject: Subject,
        exchanges: Vec<Exchange>,
        facts: Vec<Fact>,
        end: End,
    ) -> Self {
        let known = self
            .trace
            .steps
            .iter()
            .filter(|step| step.key.stage == stage && step.key.subject == subject);
        let round = u32::try_from(known.count() + 1).expect("a small number");
        self.trace.steps.push(Step {
            key: StepKey {
                stage,
                subject,
                round,
            },
            acts: exchanges
                .into_iter()
                .map(|exchange| Act::Http(Box::new(exchange)))
                .collect(),
            facts,
            end,
            took: Duration::ZERO,
        });
        self
    }

    /// A step that stopped.
    pub(crate) fn stop(self, stage: Stage, subject: Subject, stop: Stop) -> Self {
        self.step(stage, subject, Vec::new(), Vec::new(), End::Stopped(stop))
    }

    /// A step that stopped after a request.
    pub(crate) fn stop_after(
        self,
        stage: Stage,
        subject: Subject,
        exchange: Exchange,
        stop: Stop,
    ) -> Self {
        self.step(
            stage,
            subject,
            vec![exchange],
            Vec::new(),
            End::Stopped(stop),
        )
    }

    /// A step that noted something and went well.
    pub(crate) fn fact(self, stage: Stage, subject: Subject, fact: Fact) -> Self {
        self.step(stage, subject, Vec::new(), vec![fact], End::Done)
    }

    /// A step that ended without an answer.
    pub(crate) fn unsure(self, stage: Stage, subject: Subject, unsure: Unsure) -> Self {
        self.step(stage, subject, Vec::new(), Vec::new(), End::Unsure(unsure))
    }

    /// A step that asked something and went well.
    pub(crate) fn asked(self, stage: Stage, subject: Subject, exchange: Exchange) -> Self {
        self.step(stage, subject, vec![exchange], Vec::new(), End::Done)
    }

    /// A step that a git command ended.
    pub(crate) fn git(self, words: &[&str], output: &str) -> Self {
        let ending = Stop::Process(ProcessStop::Exited {
            program: "/usr/bin/git".to_owned(),
            status: 128,
            output: foreign(output),
            place: String::new(),
            here: String::new(),
        });
        let mut story = self.stop(Stage::Fetch, package(), ending);
        let run = ProcessRun {
            argv: words.iter().map(|word| (*word).to_owned()).collect(),
            exit: Some(128),
            not_started: None,
            output: foreign(output),
            took: Duration::ZERO,
            timed_out: false,
        };
        let step = story.trace.steps.last_mut().expect("the step");
        step.acts.push(Act::Process(run));
        story
    }

    /// What a person expects of the target.
    pub(crate) fn expecting(mut self, entry: Expected) -> Self {
        self.trace.expected.entries.push(entry);
        self
    }

    /// How long stages may take.
    pub(crate) fn slower_than(mut self, limit: SlowLimit) -> Self {
        self.trace.expected.slow.push(limit);
        self
    }

    /// How long the last step took.
    pub(crate) fn taking(mut self, took: Duration) -> Self {
        self.trace.steps.last_mut().expect("a step").took = took;
        self
    }

    /// What one rule says.
    pub(crate) fn findings(&self, rule: &Rule) -> Vec<Finding> {
        let mut found = Findings::default();
        (rule.check)(&self.case(), &mut found);
        found.into_vec()
    }

    /// Whether one rule speaks.
    pub(crate) fn fires(&self, rule: &Rule) -> bool {
        !self.findings(rule).is_empty()
    }

    /// What all rules find in it.
    pub(crate) fn diagnosed(&self) -> Vec<Finding> {
        crate::rules::diagnose(&self.case())
    }

    /// The codes of all findings, in order.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let findings = crate::rules::diagnose(&self.case());
        findings.iter().map(|finding| finding.rule.code).collect()
    }

    fn case(&self) -> Case<'_> {
        Case {
            trace: &self.trace,
            client: &self.client,
            view: View::Install,
        }
    }
}

/// A request with a reply.
pub(crate) fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    came(Came::Reply(Reply {
        status,
        version: "HTTP/1.1".to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), foreign(value)))
            .collect(),
        body: Body::Text {
            text: foreign(body),
            size: body.len() as u64,
        },
        cut: None,
    }))
}

/// A request whose reply is a file that begins so.
pub(crate) fn stored(headers: &[(&str, &str)], head: &[u8]) -> Exchange {
    let mut exchange = answered(200, headers, "");
    if let Came::Reply(reply) = &mut exchange.came {
        reply.body = Body::Stored {
            size: head.len() as u64,
            sha256: String::new(),
            head: head.to_vec(),
        };
    }
    exchange
}

/// A request without a reply.
pub(crate) fn failed(failure: Failure) -> Exchange {
    came(Came::Failure(failure))
}

fn came(came: Came) -> Exchange {
    Exchange {
        sent: Sent {
            method: "GET".to_owned(),
            url: "https://reg.example.com/x".to_owned(),
            scheme: "https".to_owned(),
            host: HOST.to_owned(),
            port: 443,
            headers: Vec::new(),
            credential: None,
        },
        came,
        phases: Phases::default(),
        peer: None,
        addresses: Vec::new(),
        proxy: None,
        tls: None,
        attempt: 1,
        hop: 0,
        shared: false,
    }
}

/// The same request with a token.
pub(crate) fn with_token(mut exchange: Exchange) -> Exchange {
    exchange.sent.credential = Some(CredentialUse {
        scheme: "Bearer".to_owned(),
        origin: "TF_TOKEN_reg_example_com".to_owned(),
        fingerprint: fingerprint("a41f"),
        withheld: None,
    });
    exchange
}

/// The same request to another address.
pub(crate) fn sent_to(mut exchange: Exchange, scheme: &str, host: &str, port: u16) -> Exchange {
    exchange.sent.scheme = scheme.to_owned();
    exchange.sent.host = host.to_owned();
    exchange.sent.port = port;
    exchange.sent.url = format!("{scheme}://{host}:{port}/x");
    exchange
}

/// What is seen of a secret.
pub(crate) fn fingerprint(digits: &str) -> Fingerprint {
    Fingerprint {
        digits: digits.to_owned(),
        characters: 20,
    }
}

/// One source of credentials.
pub(crate) fn rung(kind: RungKind, name: &str, state: RungState, digits: Option<&str>) -> Rung {
    Rung {
        kind,
        name: name.to_owned(),
        state,
        fingerprint: digits.map(fingerprint),
        oddities: Vec::new(),
    }
}

/// A location that a header names.
pub(crate) fn location(status: u16, header: Option<&str>) -> LocationFact {
    LocationFact {
        status,
        header: header.map(foreign),
        headers: usize::from(header.is_some()),
        body_location: None,
        body: LocationBody::Empty,
        registry_credentials: None,
        taken: header.map(foreign),
        package: header.map(str::to_owned),
        subdir: None,
    }
}

/// A package address with an archive suffix.
pub(crate) fn archive_package(archive: Option<&str>) -> PackageFact {
    PackageFact {
        address: foreign("https://cdn.example.com/sg.tgz"),
        asked: Foreign::new("https://archive.example.com/sg.tgz"),
        stored: "/tmp/getter{{n}}/archive".to_owned(),
        getter: "https".to_owned(),
        archive: archive.map(str::to_owned),
        found_by: match archive {
            Some(_) => ArchiveBy::Suffix,
            None => ArchiveBy::Nothing,
        },
        archive_parameter: None,
        checksum: None,
        query_rebuilt: None,
        hop: 0,
        server_named: true,
    }
}

/// A module directory without configuration.
pub(crate) fn empty_dir(nested: Option<(&str, usize)>) -> ModuleDirFact {
    ModuleDirFact {
        dir: ".terraform/modules/m".to_owned(),
        location_subdir: None,
        caller_subdir: None,
        config_files: Vec::new(),
        other_client_files: Vec::new(),
        nested: nested.map(|(name, files)| (foreign(name), files)),
        exists: true,
    }
}

/// A choice that took 1.0.0.
pub(crate) fn choice(constraint: Option<&str>) -> ChoiceFact {
    ChoiceFact {
        constraint: constraint.map(foreign),
        readable: true,
        chosen: Some("1.0.0".to_owned()),
        chosen_listed: Some(foreign("1.0.0")),
        newest: Some("1.0.0".to_owned()),
        listed: 1,
        unparsable: Vec::new(),
        prereleases: Vec::new(),
        clauses: Vec::new(),
        equals: Vec::new(),
    }
}

/// A record of the call.
pub(crate) fn record(dir: &str, fate: RecordFate) -> RecordFact {
    RecordFact {
        key: "m".to_owned(),
        source: foreign("reg.example.com/net/sg/aws"),
        version: Some(foreign("1.0.0")),
        dir: foreign(dir),
        fate,
        dir_exists: fate != RecordFate::DirMissing,
        config_files: 1,
        on_disk: Some(OnDisk {
            expected: ".terraform/modules/m".to_owned(),
            agrees: true,
            blocked: false,
            opened: true,
            computed: None,
        }),
    }
}

/// A `modules.json` that is as it should be.
pub(crate) fn records_file() -> RecordsFact {
    RecordsFact {
        path: ".terraform/modules/modules.json".to_owned(),
        data_dir: ".terraform".to_owned(),
        data_dir_exists: true,
        exists: true,
        records: 2,
        root_files: 1,
        root_dir: Some(foreign(".")),
        unrecorded: Vec::new(),
        leftover: None,
    }
}

/// The stop of a source that is no address for Terraform 1.11.4.
pub(crate) fn bad_source(text: &str, has_version: bool) -> Stop {
    let error = crate::addr::parse_source(text, has_version, &crate::addr::AddrRules::default());
    Stop::BadSource {
        got: foreign(text),
        error: error.expect_err("no address"),
    }
}

/// A story of one call whose source is refused.
pub(crate) fn refused_source(text: &str, has_version: bool) -> Story {
    Story::local()
        .with_call(|call| {
            call.source = foreign(text);
            call.kind = SourceKind::Invalid;
            call.state = CallState::Failed;
        })
        .stop(Stage::Source, call(), bad_source(text, has_version))
}

/// A problem in a file of the root module.
pub(crate) fn root_problem(kind: ConfigProblemKind, line: usize, summary: &str) -> Fact {
    Fact::ConfigProblem(ConfigProblem {
        module: String::new(),
        place: Place {
            file: "main.tf".to_owned(),
            line,
            column: 3,
        },
        kind,
        summary: summary.to_owned(),
        detail: String::new(),
    })
}

/// A setting that the client drops.
pub(crate) fn ignored(name: &str, why: WhyIgnored) -> Fact {
    Fact::SettingIgnored(IgnoredSetting {
        name: foreign(name),
        at: "/home/u/.terraformrc:4".to_owned(),
        why,
    })
}

/// A CLI configuration file.
pub(crate) fn config_file(place: ConfigPlace, state: ConfigState) -> Fact {
    Fact::ConfigFile(ConfigFile {
        path: "/home/u/.terraformrc".to_owned(),
        place,
        state,
    })
}

/// The stop of a host without a discovery document.
pub(crate) fn no_document() -> Stop {
    Stop::NoService(NoService::NotFound)
}

/// The modules service of the registry.
pub(crate) fn service(written: &str, url: &str, answered: &str) -> Fact {
    Fact::Service {
        url: foreign(url),
        written: foreign(written),
        from: ServiceFrom::Document {
            asked: format!("https://{HOST}/.well-known/terraform.json"),
            answered: answered.to_owned(),
        },
    }
}

/// An object store: the host of the address, and the one that is asked.
pub(crate) fn store(written: &str, host: &str) -> StoreFact {
    StoreFact {
        written_host: foreign(written),
        host: foreign(host),
        bucket: foreign("bucket"),
        key: foreign("sg"),
        region: "us-east-1".to_owned(),
        key_origin: None,
        sso: false,
        listed: None,
        neighbours: Vec::new(),
    }
}

//! What findings come to: ignores, the baseline, `--only` and `--skip`, then the verdict.

use crate::cli::args::Global;
use crate::cli::args::Judgement;
use crate::cli::baseline;
use crate::cli::check::Plan;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::policy::SetAside;
use crate::cli::policy::Threshold;
use crate::cli::sweep;
use crate::filter;
use crate::filter::Ignore;
use crate::filter::Policy;
use crate::filter::Selection;
use crate::filter::Target;
use crate::filter::Use;
use crate::finding::Rule;
use crate::finding::Severity;
use crate::io::env::Env;
use crate::io::files;
use crate::report::Asked;
use crate::report::InForce;
use crate::report::Run;
use crate::report::Section;
use crate::report::Verdict;
use crate::report::fingerprint::fingerprint;
use crate::rules;
use crate::trace::PublicStage;
use crate::walk::Goal;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

/// The largest configuration file that is looked through for comments.
const LIMIT: u64 = 16 << 20;

/// How findings are judged.
pub struct Judge {
    policy: Policy,
    comments: bool,
    exit_zero: bool,
    threshold: Severity,
    write: Option<PathBuf>,
    settings: Vec<InForce>,
}

impl Judge {
    /// How the flags and the configuration file want it.
    pub fn of(global: &Global, judgement: &Judgement, env: &Env) -> Result<Self, Failure> {
        let mut judge = Self::by(global, &judgement.aside, env)?.failing(&judgement.threshold);
        judge.policy.only = selection(&judgement.only, "--only")?;
        judge.policy.skip = selection(&judgement.skip, "--skip")?;
        Ok(judge)
    }

    /// The same for a command that always looks for everything.
    pub fn by(global: &Global, aside: &SetAside, env: &Env) -> Result<Self, Failure> {
        let mut ignores = Vec::new();
        if !aside.no_ignores {
            for word in aside.ignore.iter().flat_map(|words| words.split(',')) {
                ignores.push(ignore(word)?);
            }
            let configured = global.context.config.iter();
            ignores.extend(configured.flat_map(|config| config.ignores.clone()));
        }
        let baseline = match &aside.baseline {
            Some(path) => baseline::read(&env.directory().join(path))?,
            None => Vec::new(),
        };
        let policy = Policy {
            ignores,
            baseline,
            today: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            ..Policy::default()
        };
        let write = aside.write_baseline.as_ref();
        Ok(Self {
            policy,
            comments: !aside.no_ignores,
            exit_zero: false,
            threshold: Severity::Error,
            write: write.map(|path| env.directory().join(path)),
            settings: in_force(global),
        })
    }

    /// The same with what makes a run fail.
    pub fn failing(self, threshold: &Threshold) -> Self {
        Self {
            exit_zero: threshold.exit_zero,
            threshold: threshold.severity(),
            ..self
        }
    }

    /// The codes that would be looked for, a line each.
    pub fn list(&self) -> Result<i32, Failure> {
        let asked = |rule: &&&Rule| {
            let named = |selection: &Selection| {
                selection.stages.contains(&rule.stage) || selection.codes.contains(&rule.code)
            };
            (self.policy.only.is_empty() || named(&self.policy.only)) && !named(&self.policy.skip)
        };
        let mut text = String::new();
        for rule in rules::ALL.iter().filter(asked) {
            let _ = writeln!(
                text,
                "{}  {:<11}  {:<12}  {}",
                rule.code,
                rule.stage.word(),
                rule.severity.word(),
                rule.name
            );
        }
        output::stdout(text.as_bytes())?;
        Ok(0)
    }

    /// Judges a finished run.
    pub fn run(&self, run: &mut Run, plan: &Plan) {
        self.set_aside(run, plan);
        run.verdict = match (run.verdict, sweep::verdict(run, plan)) {
            (Verdict::Nothing | Verdict::Interrupted(_), _) => run.verdict,
            (_, counted) if run.about.complete => counted,
            (_, Verdict::Findings) => Verdict::Findings,
            (_, _) => Verdict::Unsure,
        };
    }

    /// Sets aside what does not count, and leaves the verdict to whoever knows better.
    pub fn set_aside(&self, run: &mut Run, plan: &Plan) {
        let mut used = Use::default();
        let mut aside = Vec::new();
        for (index, section) in run.sections.iter_mut().enumerate() {
            let inline = if self.comments {
                comments(section, plan)
            } else {
                Vec::new()
            };
            let title = section.target.title().to_owned();
            let print = |finding: &crate::finding::Finding| fingerprint(&title, finding);
            let target = Target {
                title: &title,
                trace: &section.trace,
                inline: &inline,
                fingerprint: &print,
            };
            let set_aside = self.policy.apply(target, &mut section.findings, &mut used);
            for other in &mut section.others {
                let target = Target {
                    title: &title,
                    trace: &other.trace,
                    inline: &inline,
                    fingerprint: &print,
                };
                self.policy.apply(target, &mut other.findings, &mut used);
            }
            aside.extend(set_aside.into_iter().map(|finding| (index, finding)));
        }
        run.judged.aside = aside;
        if run.about.complete {
            run.judged.remarks = self.policy.remarks(used);
        }
        run.judged.exit_zero = self.exit_zero;
        run.judged.threshold = Some(self.threshold);
        run.judged.settings.clone_from(&self.settings);
    }

    /// Writes the baseline, where one is wanted.
    pub fn save(&self, run: &Run) -> Result<(), Failure> {
        match &self.write {
            Some(path) => baseline::write(path, run),
            None => Ok(()),
        }
    }
}

/// What an empty list of targets comes to.
pub fn nothing(how: &str) -> i32 {
    match how {
        "pass" => 0,
        "warn" => {
            output::stderr("tfreg-doctor: nothing to check");
            0
        }
        _ => {
            output::stderr(
                "tfreg-doctor: nothing to check: name a host, a module address or a directory with configuration",
            );
            4
        }
    }
}

/// The last stage that a list asks for; none where it names codes, which may need any stage.
pub fn last_stage(only: &[String]) -> Option<PublicStage> {
    let words = only.iter().flat_map(|words| words.split(','));
    let stages: Option<Vec<PublicStage>> = words
        .map(|word| PublicStage::from_word(word.trim()))
        .collect();
    stages?.into_iter().max()
}

/// The settings in force that have a value.
fn in_force(global: &Global) -> Vec<InForce> {
    let settings = global.context.settings.iter();
    settings
        .filter_map(|setting| {
            Some(InForce {
                name: setting.name.clone(),
                value: setting.value.value.clone()?,
                origin: setting.value.origin.to_string(),
            })
        })
        .collect()
}

/// `CODE[@GLOB]`.
fn ignore(word: &str) -> Result<Ignore, Failure> {
    let (code, target) = match word.split_once('@') {
        Some((code, target)) => (code, Some(target.to_owned())),
        None => (word, None),
    };
    let rule = rule(code.trim()).ok_or_else(|| unknown("--ignore", code.trim()))?;
    Ok(Ignore {
        code: rule.code.to_owned(),
        target,
        call: None,
        reason: "asked for".to_owned(),
        expires: None,
        origin: "--ignore".to_owned(),
    })
}

fn rule(word: &str) -> Option<&'static Rule> {
    rules::by_name(word)
}

fn unknown(flag: &str, word: &str) -> Failure {
    let stages = PublicStage::ALL.iter().map(|stage| stage.word());
    let known = rules::ALL.iter().flat_map(|rule| [rule.code, rule.name]);
    let hint = crate::cli::config::nearest(word, known.chain(stages))
        .map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default();
    Failure::Usage(format!("{flag} {word}: no such code{hint}"))
}

/// Stages and codes of a list.
fn selection(words: &[String], flag: &str) -> Result<Selection, Failure> {
    let mut selection = Selection::default();
    for word in words
        .iter()
        .flat_map(|words| words.split(','))
        .map(str::trim)
    {
        match (PublicStage::from_word(word), rule(word)) {
            (Some(stage), _) => selection.stages.push(stage),
            (None, Some(rule)) => selection.codes.push(rule.code),
            (None, None) => return Err(unknown(flag, word)),
        }
    }
    Ok(selection)
}

/// The ignores that stand as comments at the module calls of a root module's own files.
fn comments(section: &Section, plan: &Plan) -> Vec<Ignore> {
    let (Asked::Dir(named) | Asked::Records(named)) = &section.target else {
        return Vec::new();
    };
    let root = plan.targets.iter().find_map(|(asked, goal)| match goal {
        Goal::Dir(root) if asked.title() == named => Some(root.as_path()),
        Goal::Dir(_) | Goal::Host(_) | Goal::Module { .. } | Goal::Package(_) => None,
    });
    let Some(root) = root else {
        return Vec::new();
    };
    let mut texts: HashMap<&str, String> = HashMap::new();
    let mut found = Vec::new();
    for call in &section.trace.calls {
        let Some(place) = &call.place else { continue };
        if !is_own(&place.file, &plan.options.data_dir) {
            continue;
        }
        let text = texts
            .entry(&place.file)
            .or_insert_with(|| text_of(&root.join(&place.file)));
        for (word, reason, line) in filter::comments(text, place.line) {
            // A code that is not known sets nothing aside, and is named as such.
            let code = rule(&word).map_or(word, |rule| rule.code.to_owned());
            found.push(Ignore {
                code,
                target: None,
                call: Some(call.key.clone()),
                reason,
                expires: None,
                origin: format!("{}:{line}", place.file),
            });
        }
    }
    found
}

/// Whether a file is the caller's own: a package that was installed sets nothing of its caller's aside.
fn is_own(file: &str, data_dir: &str) -> bool {
    let path = Path::new(file);
    !path.is_absolute() && !path.starts_with(data_dir) && !path.starts_with("..")
}

fn text_of(path: &Path) -> String {
    let (_, bytes) = files::read(path, LIMIT);
    bytes
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

//! Repositories, by the hg program: the client's own sequence of commands.
//!
//! The user's configuration of hg stays in force, only its output is made plain and nobody is asked anything.

use crate::addr::PackageAddr;
use crate::foreign::Foreign;
use crate::io::process::Program;
use crate::stages::Cx;
use crate::stages::fetch::Leg;
use crate::stages::fetch::Package;
use crate::stages::fetch::read_url;
use crate::stages::fetch_git::links_outside;
use crate::stages::fetch_repository::environment;
use crate::stages::fetch_repository::find_program;
use crate::stages::fetch_repository::refuse;
use crate::stages::fetch_repository::run_program;
use crate::stages::fetch_repository::set;
use crate::stages::fetch_repository::succeeded;
use crate::trace::Fact;
use crate::trace::Stop;
use crate::trace::fact::RepositoryFact;
use crate::trace::tracer::OpenStep;
use std::path::Path;
use std::path::PathBuf;

/// Clones a repository.
pub async fn run(
    cx: &Cx,
    step: &mut OpenStep,
    leg: &Leg,
    package: &PackageAddr,
) -> Result<Package, Stop> {
    let mut url = read_url(package)?;
    let mut query = url.query();
    let revision = query.first("rev").unwrap_or_default();
    query.remove("rev");
    url.raw_query = query.encode();
    let address = url.to_string();
    refuse(cx, leg, &url, &address, &revision)?;
    let path = find_program(cx, "hg")?;
    let hg = Hg { cx, path, leg };
    let into = leg.into.display().to_string();
    hg.run(step, &["clone", "-U", "--", &address, &into], None)
        .await?;
    hg.run(step, &["pull"], Some(&leg.into)).await?;
    let mut words = vec!["update"];
    if !revision.is_empty() {
        words.extend(["--", &revision]);
    }
    hg.run(step, &words, Some(&leg.into)).await?;
    let is_fixed = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    step.note(Fact::Repository(RepositoryFact {
        commit: None,
        wanted: (!revision.is_empty()).then(|| Foreign::new(revision)),
        fixed: is_fixed,
        links_outside: links_outside(&leg.into),
    }));
    Ok(Package {
        root: leg.into.clone(),
        linked: false,
        beside: Vec::new(),
    })
}

struct Hg<'a> {
    cx: &'a Cx,
    path: PathBuf,
    leg: &'a Leg,
}

impl Hg<'_> {
    async fn run(
        &self,
        step: &mut OpenStep,
        words: &[&str],
        within: Option<&Path>,
    ) -> Result<(), Stop> {
        let mut environment = environment(self.cx);
        set(&mut environment, "HGPLAIN", "1");
        let limits = &self.cx.io.limits;
        let program = Program {
            path: self.path.clone(),
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            environment,
            directory: within.unwrap_or(self.cx.io.env.directory()).to_owned(),
            limit: limits.package,
            kept: limits.output_bytes,
            growth: Some((self.leg.into.clone(), limits.clone_bytes)),
        };
        let ran = run_program(self.cx, step, "hg", &program).await?;
        succeeded(self.cx, &self.path, &self.leg.into, &ran)
    }
}

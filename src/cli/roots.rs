//! Every root module below a directory.
//!
//! A root module is a directory with configuration that no other one below the same directory calls by a local path, or that
//! has a lock file of its own. Links and directories whose name begins with a dot are left out.

use crate::addr::SourceAddr;
use crate::addr::parse_source;
use crate::io::files;
use crate::io::files::Kind;
use crate::stages::Cx;
use crate::stages::calls;
use crate::stages::module_dir;
use crate::syntax::tf_files::ArgumentValue;
use crate::trace::Stage;
use crate::trace::StepKey;
use crate::trace::Subject;
use crate::trace::Tracer;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

/// Directories that are looked into.
const MOST: usize = 100_000;
/// Entries of one directory.
const ENTRIES: usize = 100_000;
/// What only a directory has in which the client was run.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// The root modules below a directory, relative to it and sorted; it is itself the empty path.
pub fn below(cx: &Cx, directory: &Path) -> Result<Vec<String>, String> {
    let mut modules: Vec<(String, PathBuf)> = Vec::new();
    let mut called: HashSet<PathBuf> = HashSet::new();
    let mut todo = vec![(String::new(), directory.to_owned())];
    let mut seen = 0;
    while let Some((name, path)) = todo.pop() {
        seen += 1;
        if seen > MOST {
            return Err(format!(
                "{}: more than {MOST} directories lie below it",
                directory.display()
            ));
        }
        // What cannot be read holds no module that the client could read.
        for entry in files::list_directory(&path, ENTRIES).unwrap_or_default() {
            let below = entry.name.to_string_lossy();
            if entry.kind == Kind::Directory && !below.starts_with('.') {
                let shown = if name.is_empty() {
                    below.into_owned()
                } else {
                    format!("{name}/{below}")
                };
                todo.push((shown, path.join(&entry.name)));
            }
        }
        if module_dir::config_files(&path, cx).0.is_empty() {
            continue;
        }
        let own = files::resolved(&path);
        called.extend(
            local_calls(cx, &path)
                .into_iter()
                .filter(|other| Some(other) != own.as_ref()),
        );
        modules.push((name, path));
    }
    let mut roots: Vec<String> = modules
        .into_iter()
        .filter(|(_, path)| {
            let is_called = files::resolved(path).is_some_and(|path| called.contains(&path));
            !is_called || files::exists(&path.join(LOCK_FILE))
        })
        .map(|(name, _)| name)
        .collect();
    roots.sort();
    Ok(roots)
}

/// The directories that a module calls by a local path.
fn local_calls(cx: &Cx, directory: &Path) -> Vec<PathBuf> {
    let quiet = Tracer::default();
    let mut step = quiet.open(StepKey {
        stage: Stage::Calls,
        subject: Subject::Run,
        round: 1,
    });
    let module = calls::read(cx, &mut step, "", directory, ".");
    let found = module.calls.iter().filter_map(|call| {
        let ArgumentValue::Text(text) = &call.source.value else {
            return None;
        };
        match parse_source(text, false, &cx.rules).ok()? {
            SourceAddr::Local(local) => files::resolved(&directory.join(local.as_str())),
            SourceAddr::Registry(_) | SourceAddr::Remote(_) => None,
        }
    });
    let found = found.collect();
    step.done(found)
}

#[cfg(test)]
mod tests {
    use super::below;
    use crate::client::Client;
    use crate::io::Env;
    use crate::io::Io;
    use crate::io::IoSettings;
    use crate::stages::Cx;
    use crate::stages::Manner;
    use crate::trace::Tracer;
    use std::fs;

    #[test]
    fn called_modules_are_no_roots_unless_they_have_a_lock_file() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        };
        put(
            "envs/prod/main.tf",
            "module \"a\" {\n source = \"../../modules/a\"\n}\n",
        );
        put(
            "envs/test/main.tf",
            "module \"a\" {\n source = \"../../modules/b\"\n}\n",
        );
        put("modules/a/main.tf", "");
        put("modules/b/main.tf", "");
        put("modules/b/.terraform.lock.hcl", "");
        put("envs/prod/.terraform/modules/x/main.tf", "");
        put("docs/readme.md", "");
        let env = Env::from_pairs([("A", "b")]).in_directory(folder.path());
        let io = Io::new(env, IoSettings::default());
        let client = Client::parse("terraform@1.11.4").expect("a client");
        let cx = Cx::new(io, client, Tracer::default(), Manner::Check);
        assert_eq!(
            below(&cx, folder.path()),
            Ok(vec![
                "envs/prod".to_owned(),
                "envs/test".to_owned(),
                "modules/b".to_owned()
            ])
        );
    }
}

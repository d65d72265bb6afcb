//! A large root module, and what a process needs for it.

use std::fs;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How many packages the large root module has.
pub(crate) const PACKAGES: usize = 100;
/// How many calls.
pub(crate) const CALLS: usize = 500;

/// Calls of registry modules, each module called equally often; archives are served over plain HTTP.
pub(crate) fn scenario() -> String {
    let calls: Vec<String> = (0..CALLS)
        .map(|index| {
            let module = index % PACKAGES;
            format!(
                "module \"call{index}\" {{\n  source  = \"tf.example.com/acme/m{module}/aws\"\n  version = \"~> 1.0\"\n}}\n"
            )
        })
        .collect();
    let mut archives = serde_json::Map::new();
    let mut routes: Vec<Value> = Vec::new();
    for module in 0..PACKAGES {
        let entries = json!({"main.tf": format!("# module {module}\n"),
            "files/data": {"text": {"repeat": [format!("{module} "), 20_000]}}});
        archives.insert(
            format!("m{module}"),
            json!({"format": "tar.gz", "entries": entries}),
        );
        let base = format!("/v1/acme/m{module}/aws");
        routes.push(json!({"path": format!("{base}/versions"),
            "json": {"modules": [{"versions": [{"version": "1.0.0"}, {"version": "1.2.3"}]}]}}));
        routes.push(
            json!({"path": format!("{base}/1.2.3/download"), "status": 204,
            "headers": {"X-Terraform-Get": format!("{{{{base}}}}/p/m{module}.tgz")}}),
        );
        routes.push(json!({"path": format!("/p/m{module}.tgz"), "archive": format!("m{module}")}));
    }
    json!({
        "name": "scale", "story": "Many calls of fewer packages.", "command": ["check", "."],
        "root": {"main.tf": calls.concat()},
        "cli_config": "host \"tf.example.com\" {\n  services = {\n    \"modules.v1\" = \"{{base}}/v1/\"\n  }\n}\n",
        "archives": archives, "routes": routes,
    })
    .to_string()
}

/// What a process needed at most.
#[derive(Debug)]
pub(crate) struct Peak {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// From the start to the end.
    pub(crate) took: Duration,
    /// Resident memory in KiB; nothing where the system does not tell.
    pub(crate) memory: Option<u64>,
    /// Open files; nothing where the system does not tell.
    pub(crate) files: Option<usize>,
}

/// Watches a process until it ends.
pub(crate) fn watch(mut child: Child) -> Peak {
    let began = Instant::now();
    let process = format!("/proc/{}", child.id());
    let (mut memory, mut files) = (None, None);
    loop {
        // The system keeps the highest value, so the last one read counts.
        if let Ok(status) = fs::read_to_string(format!("{process}/status")) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
            memory = memory.max(kib);
        }
        if let Ok(open) = fs::read_dir(format!("{process}/fd")) {
            files = files.max(Some(open.count()));
        }
        if let Some(status) = child.try_wait().expect("the process is a child") {
            return Peak {
                status,
                took: began.elapsed(),
                memory,
                files: files.filter(|count| *count > 0),
            };
        }
        sleep(Duration::from_millis(1));
    }
}

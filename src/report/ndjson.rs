//! What happened as one JSON object a line, schema `tfreg-doctor/event/v1`: the run, each target's stages with their
//! requests, the findings, the end.

use crate::report::common::write_json_line;
use crate::report::document::Document;
use crate::report::document::RequestInfo;
use crate::report::document::StageInfo;
use crate::report::document::TargetInfo;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::collections::HashSet;
use std::io;
use std::io::Write;

/// The schema's name.
pub const SCHEMA: &str = "tfreg-doctor/event/v1";

/// Writes the events in order.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let requests: HashMap<&str, &RequestInfo> = document
        .requests
        .iter()
        .map(|request| (request.id.as_str(), request))
        .collect();
    let mut told = HashSet::new();
    write_json_line(
        &json!({ "event": "run_start", "schema": SCHEMA, "tool": document.tool, "id": document.run.id,
            "started_at": document.run.started_at, "command": document.run.command, "clients": document.run.clients,
            "partition": document.run.partition }),
        out,
    )?;
    for target in &document.targets {
        for stage in &target.stages {
            write_json_line(&stage_event("stage_start", target, stage), out)?;
            for id in &stage.requests {
                if let Some(request) = requests.get(id.as_str())
                    && told.insert(id.as_str())
                {
                    write_json_line(
                        &json!({ "event": "request", "target": target.id, "request": request }),
                        out,
                    )?;
                }
            }
            let mut end = stage_event("stage_end", target, stage);
            end["status"] = json!(stage.status);
            end["text"] = json!(stage.text);
            end["duration_ms"] = json!(stage.duration_ms);
            write_json_line(&end, out)?;
        }
    }
    for request in document
        .requests
        .iter()
        .filter(|request| !told.contains(request.id.as_str()))
    {
        write_json_line(
            &json!({ "event": "request", "target": null, "request": request }),
            out,
        )?;
    }
    for finding in &document.findings {
        write_json_line(&json!({ "event": "finding", "finding": finding }), out)?;
    }
    write_json_line(
        &json!({ "event": "run_end", "complete": document.run.complete, "duration_ms": document.run.duration_ms,
            "summary": document.summary, "exit": document.run.exit }),
        out,
    )
}

fn stage_event(event: &str, target: &TargetInfo, stage: &StageInfo) -> Value {
    json!({ "event": event, "target": target.id, "asked": target.asked, "key": target.key, "stage": stage.name })
}

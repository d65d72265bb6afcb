//! What becomes of an old record: its module is kept where it is, or installed anew.

use super::Landed;
use super::Walk;
use crate::addr::SourceAddr;
use crate::addr::parse_source;
use crate::client::Behaviour;
use crate::foreign::Foreign;
use crate::io::files;
use crate::manifest::Record;
use crate::trace::Call;
use crate::trace::Fact;
use crate::trace::Stage;
use crate::trace::Subject;
use crate::trace::call::CallState;
use crate::trace::call::SourceKind;
use crate::trace::fact::RecordFact;
use crate::trace::fact::RecordFate;
use crate::trace::tracer::Stopped;
use crate::version::Version;
use crate::version::meets;
use crate::walk::Pending;
use crate::walk::course;

impl Walk<'_> {
    /// Keeps an old record, where the client would: then the module is read where it is.
    pub(super) fn keep(
        &mut self,
        pending: &Pending,
        call: &mut Call,
        source: &SourceAddr,
    ) -> Option<Result<Vec<Pending>, Stopped>> {
        let record = self.manifest.find(&pending.key)?.clone();
        let dir = dir_name(&record);
        // A record without a directory is that of a local module which was not there.
        let dir_exists = !dir.is_empty()
            && files::target_kind(&self.workspace.physical(&dir)) == files::Kind::Directory;
        let fate = self.fate(pending, &record, source, dir_exists);
        let mut step = self
            .cx()
            .open(Subject::Call(pending.key.clone()), Stage::Manifest, 1);
        step.note(Fact::Record(RecordFact {
            key: record.key.clone(),
            source: Foreign::new(record.source.clone()),
            version: record
                .version
                .as_ref()
                .map(|version| Foreign::new(version.to_string())),
            dir: Foreign::new(dir.clone()),
            fate,
            dir_exists,
            config_files: 0,
            on_disk: None,
        }));
        step.done(());
        match fate {
            RecordFate::Kept => {
                call.version = record.version.as_ref().map(Version::to_string);
                let landed = self.where_it_is(pending, call.kind, record, dir);
                let children = self.load(pending, call, landed);
                if call.state == CallState::Installed {
                    call.state = CallState::Kept;
                }
                Some(children)
            }
            RecordFate::Updated | RecordFate::SourceDiffers | RecordFate::VersionDiffers => {
                self.manifest.remove_tree(&pending.key);
                self.workspace.forget(&pending.key);
                None
            }
            RecordFate::DirMissing | RecordFate::Stale => None,
        }
    }

    fn fate(
        &self,
        pending: &Pending,
        record: &Record,
        source: &SourceAddr,
        dir_exists: bool,
    ) -> RecordFate {
        let fits = meets(record.version.as_ref(), pending.constraint.as_deref());
        if self.options.update {
            RecordFate::Updated
        } else if self.recorded_now(record) != self.recorded(pending, source) {
            RecordFate::SourceDiffers
        } else if !fits {
            RecordFate::VersionDiffers
        } else if dir_exists {
            RecordFate::Kept
        } else {
            RecordFate::DirMissing
        }
    }

    /// How this client writes the source of a call into its record.
    pub(super) fn recorded(&self, pending: &Pending, source: &SourceAddr) -> String {
        if self.cx().client.does(Behaviour::RecordsNormalisedSource) {
            source.recorded(&self.cx().rules)
        } else {
            course::written_text(&pending.source)
        }
    }

    /// How this client would write the source of an old record.
    fn recorded_now(&self, record: &Record) -> String {
        if !self.cx().client.does(Behaviour::RecordsNormalisedSource) {
            return record.source.clone();
        }
        parse_source(&record.source, false, &self.cx().rules).map_or_else(
            |_| record.source.clone(),
            |known| known.recorded(&self.cx().rules),
        )
    }

    fn where_it_is(
        &self,
        pending: &Pending,
        kind: SourceKind,
        record: Record,
        dir: String,
    ) -> Landed {
        let (package_dir, package) = if kind == SourceKind::Local {
            let parent = &pending.parent;
            (parent.package_dir.clone(), parent.package.clone())
        } else {
            (self.workspace.install_dir(&pending.key), record.source)
        };
        Landed {
            dir,
            package_dir,
            package,
            version: record.version,
            location_subdir: None,
            caller_subdir: None,
            foreign: kind != SourceKind::Local,
        }
    }
}

/// The directory of a record as the client names it, with forward slashes.
fn dir_name(record: &Record) -> String {
    record
        .dir
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}

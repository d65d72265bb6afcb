//! Every cap of the tool in one struct, so that a test can lower each of them.
//!
//! It never enforces anything: the door or stage that reads does, and names the limit that it hit.

use std::time::Duration;

/// One kibibyte.
pub const KIB: u64 = 1024;
/// One mebibyte.
pub const MIB: u64 = 1024 * KIB;
/// One gibibyte.
pub const GIB: u64 = 1024 * MIB;

/// Every cap, with the defaults of the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a discovery document.
    pub discovery_bytes: u64,
    /// Bytes of a versions document, decoded.
    pub versions_bytes: u64,
    /// Bytes of any other metadata body.
    pub metadata_bytes: u64,
    /// Bytes kept of an error body.
    pub error_bytes: u64,
    /// Bytes quoted of an error body.
    pub error_quoted: usize,
    /// Bytes of HTML searched for a location tag.
    pub html_bytes: u64,
    /// Bytes of a header section.
    pub header_bytes: usize,
    /// Fields of a header section.
    pub header_fields: usize,
    /// Bytes of one header value.
    pub header_value: usize,
    /// Bytes of a location.
    pub location_bytes: usize,
    /// Nesting of a JSON document.
    pub json_depth: usize,
    /// Versions in one list.
    pub versions: usize,
    /// Bytes of one version.
    pub version_bytes: usize,
    /// Redirects of a discovery request.
    pub discovery_redirects: u32,
    /// Redirects of any other request.
    pub redirects: u32,
    /// Hops from one location header or tag to the next.
    pub location_hops: u32,
    /// Addresses tried of one name.
    pub addresses: usize,
    /// Connecting, TLS included.
    pub connect: Duration,
    /// A metadata request as a whole.
    pub metadata: Duration,
    /// Silence while reading.
    pub idle: Duration,
    /// The slowest rate of a package, in bytes a second.
    pub rate: u64,
    /// Over which time the rate is measured.
    pub rate_over: Duration,
    /// One package as a whole, by any getter.
    pub package: Duration,
    /// Bytes of a package.
    pub package_bytes: u64,
    /// Bytes of an unpacked package.
    pub unpacked_bytes: u64,
    /// Bytes of one unpacked file.
    pub file_bytes: u64,
    /// Entries of an archive.
    pub entries: u64,
    /// Growth that is reported, as so many to one.
    pub growth: u64,
    /// Unpacked bytes from which growth is reported.
    pub growth_from: u64,
    /// Bytes of an entry's name.
    pub entry_name: usize,
    /// Bytes of one component of it.
    pub entry_component: usize,
    /// Components of it.
    pub entry_depth: usize,
    /// Bytes of an extended tar header.
    pub extended_header: u64,
    /// Extended tar headers in a row.
    pub extended_headers: usize,
    /// Bytes of an xz dictionary.
    pub xz_dictionary: u64,
    /// Depth of the module tree.
    pub tree_depth: usize,
    /// Module calls of a run.
    pub calls: usize,
    /// Bytes fetched in a run.
    pub run_bytes: u64,
    /// Bytes of a clone on disk.
    pub clone_bytes: u64,
    /// Bytes kept of a program's output.
    pub output_bytes: usize,
    /// Bytes of a list of references.
    pub references_bytes: usize,
    /// A credentials helper as a whole.
    pub helper: Duration,
    /// Bytes of the CLI configuration file.
    pub cli_config_bytes: u64,
    /// Bytes of a netrc file.
    pub netrc_bytes: u64,
    /// Bytes of `modules.json`.
    pub manifest_bytes: u64,
    /// Records of `modules.json`.
    pub manifest_records: usize,
    /// Bytes of one configuration file read for calls.
    pub configuration_bytes: u64,
    /// Waiting because a server said so, in total.
    pub max_wait: Duration,
    /// How often `check` repeats a request that failed in passing.
    pub retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            discovery_bytes: MIB,
            versions_bytes: 16 * MIB,
            metadata_bytes: MIB,
            error_bytes: 64 * KIB,
            error_quoted: 1024,
            html_bytes: MIB,
            header_bytes: 256 * 1024,
            header_fields: 256,
            header_value: 64 * 1024,
            location_bytes: 16 * 1024,
            json_depth: 128,
            versions: 200_000,
            version_bytes: 256,
            discovery_redirects: 3,
            redirects: 9,
            location_hops: 10,
            addresses: 8,
            connect: Duration::from_secs(10),
            metadata: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            rate: KIB,
            rate_over: Duration::from_secs(60),
            package: Duration::from_secs(600),
            package_bytes: 512 * MIB,
            unpacked_bytes: GIB,
            file_bytes: 256 * MIB,
            entries: 100_000,
            growth: 100,
            growth_from: 64 * MIB,
            entry_name: 4096,
            entry_component: 255,
            entry_depth: 128,
            extended_header: MIB,
            extended_headers: 16,
            xz_dictionary: 64 * MIB,
            tree_depth: 32,
            calls: 10_000,
            run_bytes: 10 * GIB,
            clone_bytes: 2 * GIB,
            output_bytes: 64 * 1024,
            references_bytes: 16 * 1024 * 1024,
            helper: Duration::from_secs(10),
            cli_config_bytes: MIB,
            netrc_bytes: MIB,
            manifest_bytes: 64 * MIB,
            manifest_records: 100_000,
            configuration_bytes: 4 * MIB,
            max_wait: Duration::from_secs(60),
            retries: 2,
        }
    }
}

/// One line of the table of limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is limited.
    pub name: &'static str,
    /// The number, as people write it.
    pub value: String,
    /// The flag that changes it; empty where none does.
    pub flag: &'static str,
}

impl Limits {
    /// The table of limits, for the documentation.
    pub fn rows(&self) -> Vec<Row> {
        let row = |name, value, flag| Row { name, value, flag };
        vec![
            row("Discovery document", size(self.discovery_bytes), ""),
            row("Versions document, decoded", size(self.versions_bytes), ""),
            row("Other metadata bodies", size(self.metadata_bytes), ""),
            row("Error body kept", size(self.error_bytes), "-vv"),
            row(
                "HTML searched for a location tag",
                size(self.html_bytes),
                "",
            ),
            row("Header section", size(self.header_bytes as u64), ""),
            row("Header fields", self.header_fields.to_string(), ""),
            row("One header value", size(self.header_value as u64), ""),
            row("Location string", size(self.location_bytes as u64), ""),
            row("JSON nesting", self.json_depth.to_string(), ""),
            row("Versions listed", self.versions.to_string(), ""),
            row("Length of a version", size(self.version_bytes as u64), ""),
            row(
                "HTTP redirects: discovery",
                self.discovery_redirects.to_string(),
                "",
            ),
            row("HTTP redirects: other", self.redirects.to_string(), ""),
            row("X-Terraform-Get hops", self.location_hops.to_string(), ""),
            row("Connect with TLS", time(self.connect), "--connect-timeout"),
            row("Metadata request, total", time(self.metadata), "--timeout"),
            row("Silence while reading", time(self.idle), "--timeout"),
            row(
                "Package rate",
                format!("{}/s over {}", size(self.rate), time(self.rate_over)),
                "",
            ),
            row(
                "Package, whole transfer",
                time(self.package),
                "--package-timeout",
            ),
            row("Package bytes", size(self.package_bytes), "--max-bytes"),
            row("Unpacked bytes", size(self.unpacked_bytes), "--max-bytes"),
            row("One unpacked file", size(self.file_bytes), ""),
            row("Entries", self.entries.to_string(), "--max-files"),
            row("Module tree depth", self.tree_depth.to_string(), ""),
            row("Calls per run", self.calls.to_string(), ""),
            row("Bytes fetched per run", size(self.run_bytes), ""),
            row("Clone on disk", size(self.clone_bytes), ""),
            row(
                "Output kept of a program",
                size(self.output_bytes as u64),
                "",
            ),
            row("CLI configuration file", size(self.cli_config_bytes), ""),
            row("Manifest modules.json", size(self.manifest_bytes), ""),
            row(
                "Records of modules.json",
                self.manifest_records.to_string(),
                "",
            ),
            row("One configuration file", size(self.configuration_bytes), ""),
            row("Waiting on request", time(self.max_wait), "--max-wait"),
            row(
                "Repeats of a request",
                self.retries.to_string(),
                "--retries",
            ),
        ]
    }
}

fn size(bytes: u64) -> String {
    let units = [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")];
    units
        .iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit))
        .map_or_else(
            || format!("{bytes} bytes"),
            |(unit, word)| format!("{} {word}", bytes / unit),
        )
}

fn time(limit: Duration) -> String {
    let seconds = limit.as_secs();
    if seconds >= 120 && seconds.is_multiple_of(60) {
        return format!("{} min", seconds / 60);
    }
    if limit.subsec_millis() == 0 {
        return format!("{seconds} s");
    }
    format!("{} ms", limit.as_millis())
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn the_table_shows_the_numbers_of_the_struct() {
        let rows = Limits::default().rows();
        let value = |name: &str| {
            rows.iter()
                .find(|row| row.name == name)
                .map(|row| row.value.clone())
        };
        assert_eq!(value("Package bytes").as_deref(), Some("512 MiB"));
        assert_eq!(value("Package rate").as_deref(), Some("1 KiB/s over 60 s"));
        assert_eq!(value("Package, whole transfer").as_deref(), Some("10 min"));
        let lowered = Limits {
            package_bytes: 1000,
            ..Limits::default()
        };
        assert!(lowered.rows().iter().any(|row| row.value == "1000 bytes"));
    }
}

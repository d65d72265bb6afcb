//! Summaries of the client's messages, with the beginning of their details and the clients that print them.

use crate::client::Client;
use crate::client::Product;

/// A summary and what its detail begins with.
#[derive(Debug)]
pub struct Frame {
    /// The summary, with gaps.
    pub summary: &'static str,
    /// The beginning of the detail, with gaps.
    pub lead: &'static str,
    /// Who prints it so.
    pub clients: Clients,
    /// Whether its rows are recognised without the summary, and squeezed words of which one must be there too; none: no more
    /// is needed.
    pub alone: Option<&'static [&'static str]>,
}

/// A range of versions per product: the first of it, and the first behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clients {
    /// Terraform's.
    pub terraform: Option<Span>,
    /// OpenTofu's.
    pub opentofu: Option<Span>,
}

/// From a minor release up to, but without, another.
pub(super) type Span = ((u64, u64), Option<(u64, u64)>);

const OLDEST_TERRAFORM: (u64, u64) = (0, 12);
const OLDEST_OPENTOFU: (u64, u64) = (1, 6);

impl Clients {
    pub(in crate::rules) const ALL: Self = Self {
        terraform: Some((OLDEST_TERRAFORM, None)),
        opentofu: Some((OLDEST_OPENTOFU, None)),
    };
    pub(in crate::rules) const TERRAFORM: Self = Self {
        opentofu: None,
        ..Self::ALL
    };
    pub(in crate::rules) const OPENTOFU: Self = Self {
        terraform: None,
        ..Self::ALL
    };

    pub(in crate::rules) const fn terraform_from(self, from: (u64, u64)) -> Self {
        let until = match self.terraform {
            Some((_, until)) => until,
            None => None,
        };
        Self {
            terraform: Some((from, until)),
            ..self
        }
    }

    pub(in crate::rules) const fn terraform_until(self, until: (u64, u64)) -> Self {
        let from = match self.terraform {
            Some((from, _)) => from,
            None => OLDEST_TERRAFORM,
        };
        Self {
            terraform: Some((from, Some(until))),
            ..self
        }
    }

    pub(in crate::rules) const fn opentofu_from(self, from: (u64, u64)) -> Self {
        Self {
            opentofu: Some((from, None)),
            ..self
        }
    }

    pub(in crate::rules) const fn opentofu_until(self, until: (u64, u64)) -> Self {
        Self {
            opentofu: Some((OLDEST_OPENTOFU, Some(until))),
            ..self
        }
    }

    /// Whether a client is among them.
    pub fn include(&self, client: &Client) -> bool {
        let span = match client.product {
            Product::Terraform => self.terraform,
            Product::OpenTofu => self.opentofu,
        };
        let (major, minor, _) = client.release;
        span.is_some_and(|(from, until)| {
            (major, minor) >= from && until.is_none_or(|until| (major, minor) < until)
        })
    }

    /// The range as people write it: `terraform 0.12 to 1.0, opentofu`.
    pub fn shown(&self) -> String {
        let parts = [
            ("terraform", self.terraform, OLDEST_TERRAFORM),
            ("opentofu", self.opentofu, OLDEST_OPENTOFU),
        ];
        let shown: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, span, oldest)| {
                let (from, until) = span?;
                Some(match until {
                    None if from == oldest => name.to_owned(),
                    None => format!("{name} {}.{} and later", from.0, from.1),
                    Some(until) => {
                        let last = before(until);
                        if last == from {
                            format!("{name} {}.{}", from.0, from.1)
                        } else {
                            format!("{name} {}.{} to {}.{}", from.0, from.1, last.0, last.1)
                        }
                    }
                })
            })
            .collect();
        shown.join(", ")
    }
}

impl Frame {
    /// The message with its gaps named: summary, beginning and the given rest.
    pub fn text(&self, says: &str) -> String {
        let lead = shown(self.lead);
        let rest = shown(says);
        let detail = if lead.contains(rest.trim_end_matches(' ')) {
            lead
        } else {
            format!("{lead}{}", rest.trim_start_matches([':', ' ']))
        };
        let summary = shown(self.summary);
        match detail.trim() {
            "" => summary,
            detail => {
                let summary = summary.trim_end_matches([':', ' ']);
                // What is sought in the middle of a line.
                match detail.strip_prefix(", ") {
                    Some(middle) => format!("{summary}: … {middle}"),
                    None => format!("{summary}: {detail}"),
                }
            }
        }
    }
}

/// A pattern as people read it: named gaps in capitals, others as an ellipsis.
fn shown(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((words, after)) = rest.split_once('‹') {
        text.push_str(words);
        let (name, after) = after.split_once('›').unwrap_or((after, ""));
        match name {
            "" | "q" | "s" => text.push('…'),
            name => text.push_str(&name.to_uppercase()),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The minor release before another.
fn before((major, minor): (u64, u64)) -> (u64, u64) {
    match (major, minor) {
        (1, 0) => (0, 15),
        (major, minor) => (major, minor.saturating_sub(1)),
    }
}

const fn frame(summary: &'static str, lead: &'static str, clients: Clients) -> Frame {
    Frame {
        summary,
        lead,
        clients,
        alone: None,
    }
}

const REGISTRY_SUMMARY: &str = "Error accessing remote module registry";
const DOWNLOAD_SUMMARY: &str = "Failed to download module";

pub(super) static VERSIONS: Frame = Frame {
    alone: Some(&[]),
    ..frame(
        REGISTRY_SUMMARY,
        "Failed to retrieve available versions for module \"‹name›\" (‹place›) from ‹host›: ",
        Clients::ALL,
    )
};
pub(super) static LOCATION: Frame = Frame {
    alone: Some(&[]),
    ..frame(
        REGISTRY_SUMMARY,
        "Failed to retrieve a download URL for ‹module› ‹version› from ‹host›: ",
        Clients::ALL,
    )
};
pub(super) static DOWNLOAD: Frame = Frame {
    alone: Some(&[
        "couldnotdownloadmodule",
        "errordownloading",
        "downloadingsourceurl",
    ]),
    ..frame(
        DOWNLOAD_SUMMARY,
        "Could not download module \"‹name›\" (‹place›) source code from \"‹url›\": ",
        Clients::ALL,
    )
};
pub(super) static OLD_LOCATION: Frame = frame(
    "Invalid response from remote module registry",
    "The remote registry at ‹host› failed to return a download URL for ‹module› ‹version›.",
    Clients::TERRAFORM.terraform_until((0, 13)),
);
pub(super) static PACKAGE_LOCATION: Frame = frame(
    "Invalid package location from module registry",
    "Module registry ‹host› returned invalid source location \"‹url›\" for ‹module› ‹version›: ",
    Clients::ALL.terraform_from((1, 1)).opentofu_until((1, 12)),
);
pub(super) static NOT_FOUND: Frame = frame(
    "Module not found",
    "Module \"‹name›\" (from ‹place›) cannot be found in the module registry at ‹host›.",
    Clients::TERRAFORM,
);
pub(super) static NOT_FOUND_TOFU: Frame = frame(
    "Module not found",
    "Module ‹module› (\"‹name›\" from ‹place›) cannot be found in the module registry at ‹host›.",
    Clients::OPENTOFU,
);
pub(super) static OLD_ADDRESS: Frame = frame(
    "Module not found",
    "The module address \"‹source›\" could not be resolved. ",
    Clients::TERRAFORM.terraform_until((1, 1)),
);
pub(super) static NO_VERSIONS: Frame = frame(
    "Module has no versions",
    "Module \"‹module›\" (‹place›) has no versions available on ‹host›.",
    Clients::ALL,
);
pub(super) static BAD_RESPONSE: Frame = frame(
    "Invalid response from remote module registry",
    "The registry at ‹host› returned ",
    Clients::ALL,
);
pub(super) static NO_MATCH: Frame = frame(
    "Unresolvable module version constraint",
    "There is no available version of module \"‹module›\" (‹place›) which matches the given version constraint. ",
    Clients::ALL,
);
pub(super) static CONSTRAINT: Frame = frame("Invalid version constraint", "", Clients::ALL);
pub(super) static OLD_CONSTRAINT: Frame = frame(
    "Invalid version constraint",
    "Module \"‹name›\" (declared at ‹place›) has invalid version constraint \"‹constraint›\": ",
    Clients::TERRAFORM.terraform_until((1, 5)),
);
pub(super) static ADDRESS: Frame = frame(
    "Invalid module source address",
    "",
    Clients::ALL.terraform_from((1, 1)),
);
pub(super) static REGISTRY_ADDRESS: Frame = frame(
    "Invalid registry module source address",
    "",
    Clients::ALL.terraform_from((1, 2)),
);
pub(super) static CORE: Frame = frame("Unsupported Terraform Core version", "", Clients::TERRAFORM);
pub(super) static CORE_TOFU: Frame =
    frame("Unsupported OpenTofu Core version", "", Clients::OPENTOFU);
pub(super) static GLOB: Frame = frame(
    "Failed to expand subdir globs",
    "",
    Clients::ALL.terraform_from((1, 5)),
);
pub(super) static GLOB_SUMMARY: Frame = frame(
    "subdir \"",
    "",
    Clients::TERRAFORM
        .terraform_from((1, 3))
        .terraform_until((1, 5)),
);
pub(super) static GLOB_EMPTY: Frame = frame(
    "subdir \"\" not found",
    "",
    Clients::TERRAFORM
        .terraform_from((1, 3))
        .terraform_until((1, 5)),
);
pub(super) static GLOB_SYNTAX: Frame = frame(
    "syntax error in pattern",
    "",
    Clients::TERRAFORM
        .terraform_from((1, 3))
        .terraform_until((1, 5)),
);
pub(super) static SUBDIRECTORY: Frame = frame(
    "Unreadable module subdirectory",
    "The directory ‹dir› does not exist. ",
    Clients::ALL.terraform_from((1, 9)),
);
pub(super) static SUBDIRECTORY_TOFU: Frame = frame(
    "Module subdirectory not found",
    "Cannot find directory \"‹dir›\" in module \"‹module›\". ",
    Clients::OPENTOFU.opentofu_from((1, 11)),
);
pub(super) static DIRECTORY: Frame = frame("Unreadable module directory", "", Clients::ALL);
pub(super) static OLD_DIRECTORY: Frame = frame(
    "Failed to read module directory",
    "Module directory ‹dir› does not exist or cannot be read.",
    Clients::TERRAFORM.terraform_until((1, 5)),
);
pub(super) static ESCAPES: Frame = frame(
    "Local module path escapes module package",
    "",
    Clients::ALL.terraform_from((1, 1)),
);
pub(super) static TYPE: Frame = frame("Unsuitable value type", "", Clients::ALL);
pub(super) static NEW_TYPE: Frame = frame(
    "Incorrect value type",
    "",
    Clients::TERRAFORM.terraform_from((1, 15)),
);
pub(super) static UNSUITABLE: Frame = frame(
    "Unsuitable module source",
    "",
    Clients::TERRAFORM.terraform_from((1, 15)),
);
pub(super) static UNKNOWN_SOURCE: Frame = frame(
    "Unknown module source",
    "",
    Clients::TERRAFORM.terraform_from((1, 15)),
);
pub(super) static UNKNOWN_VERSION: Frame = frame(
    "Unknown module version",
    "",
    Clients::TERRAFORM.terraform_from((1, 15)),
);
pub(super) static VARIABLES: Frame = frame("Variables not allowed", "", Clients::ALL);
pub(super) static FUNCTIONS: Frame = frame("Function calls not allowed", "", Clients::ALL);
pub(super) static MISSING: Frame = frame("Missing required argument", "", Clients::ALL);
pub(super) static DUPLICATE_CALL: Frame = frame("Duplicate module call", "", Clients::ALL);
pub(super) static CALL_NAME: Frame = frame("Invalid module instance name", "", Clients::ALL);
pub(super) static LABELS: Frame = frame("Extraneous label for module", "", Clients::ALL);
pub(super) static LABEL_MISSING: Frame = frame("Missing name for module", "", Clients::ALL);
pub(super) static OVERRIDE: Frame = frame("Missing module call to override", "", Clients::ALL);
pub(super) static COMBINATION: Frame = frame(
    "Invalid combination of \"count\" and \"for_each\"",
    "",
    Clients::ALL,
);
pub(super) static ARGUMENT: Frame = frame("Unsupported argument", "", Clients::ALL);
pub(super) static BLOCK_TYPE: Frame = frame("Unsupported block type", "", Clients::ALL);
pub(super) static READ_FILE: Frame = frame("Failed to read file", "", Clients::ALL);
pub(super) static CLI_PARSE: Frame = frame("Error parsing ‹file›: ", "", Clients::ALL);
pub(super) static CLI_READ: Frame = frame("Error reading ‹file›: ", "", Clients::ALL);
pub(super) static CLI_MISSING: Frame =
    frame("Unable to open CLI configuration file", "", Clients::ALL);
pub(super) static CLI_HOST: Frame = frame("The credentials \"", "", Clients::ALL);
pub(super) static CLI_HOST_BLOCK: Frame = frame("The host \"", "", Clients::ALL);
pub(super) static MANIFEST: Frame = frame(
    "failed to read module manifest: ",
    "",
    Clients::ALL.terraform_from((1, 1)),
);
pub(super) static OLD_MANIFEST: Frame = frame(
    "Failed to read modules manifest file",
    "Error reading manifest for ‹dir›: ",
    Clients::TERRAFORM.terraform_until((1, 5)),
);
pub(super) static LOADER: Frame = frame(
    "Failed to create the config loader",
    "failed to read module manifest: ",
    Clients::OPENTOFU.opentofu_from((1, 12)),
);
pub(super) static CACHE: Frame = frame("Failed to remove local module cache", "", Clients::ALL);
pub(super) static NOT_INSTALLED: Frame = frame("Module not installed", "", Clients::ALL);
pub(super) static SOURCE_CHANGED: Frame = frame("Module source has changed", "", Clients::ALL);
pub(super) static VERSION_CHANGED: Frame =
    frame("Module version requirements have changed", "", Clients::ALL);
pub(super) static IMPORT: Frame = frame("Invalid import configuration", "", Clients::ALL);
pub(super) static INCOMPATIBLE: Frame = frame(
    "Module is incompatible with count, for_each, and depends_on",
    "",
    Clients::ALL,
);
pub(super) static NO_CONFIGURATION: Frame = frame(
    "No Terraform configuration files found in directory",
    "",
    Clients::TERRAFORM.terraform_until((0, 13)),
);
pub(super) static CRASH: Frame = Frame {
    alone: Some(&["terraformcrash", "opentofucrash", "panic:"]),
    ..frame(
        "!!!!!!!!!!!!!!!!!!!!!!!!!!! TERRAFORM CRASH",
        "",
        Clients::ALL,
    )
};

/// Errors of HCL in a file of the configuration, whatever the file.
pub(super) const SYNTAX: &[&Frame] = &[
    &frame_of("Unclosed configuration block"),
    &frame_of("Argument or block definition required"),
    &frame_of("Invalid block definition"),
    &frame_of("Invalid argument name"),
    &frame_of("Invalid attribute name"),
    &frame_of("Invalid expression"),
    &frame_of("Invalid character"),
    &frame_of("Missing newline after"),
    &frame_of("Missing name for resource"),
    &frame_of("Missing type for resource"),
    &frame_of("Unterminated template string"),
    &frame_of("Invalid multi-line string"),
    &frame_of("Incorrect JSON value type"),
    &frame_of("Missing block label"),
    &frame_of("Trailing comma in object"),
    &frame_of("Attribute redefined"),
    &frame_of("Invalid JSON"),
];

const fn frame_of(summary: &'static str) -> Frame {
    frame(summary, "", Clients::ALL)
}

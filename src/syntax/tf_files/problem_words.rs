//! What the client prints below the summary of a problem, as far as its kind says it. Nothing where the words are not known.

use super::problem::ProblemKind;
use crate::syntax::tf_json::JsonFault;

impl ProblemKind {
    /// The text below the summary; empty where it is not known, or names what the kind does not.
    #[must_use]
    pub fn client_detail(&self) -> String {
        let fixed = match self {
            Self::Syntax(fault) => fault.client_detail(),
            Self::Json(JsonFault::ValueMissing | JsonFault::StartOfValue) => {
                "A JSON value must start with a brace, a bracket, a number, a string, or a keyword."
            }
            Self::Json(JsonFault::Extraneous) => "Extra characters appear after the JSON value.",
            Self::Json(JsonFault::EndOfFile) => "The JSON data ends prematurely.",
            Self::Json(JsonFault::Root) => {
                "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects."
            }
            Self::Json(JsonFault::PropertyName) => "A JSON object property name must be a string",
            Self::Json(JsonFault::Unclosed) => "No closing brace was found for this JSON object.",
            Self::Json(JsonFault::TrailingCommaInObject) => {
                "JSON does not permit a trailing comma after the final property in an object."
            }
            Self::Json(JsonFault::TrailingCommaInArray) => {
                "JSON does not permit a trailing comma after the final value in an array."
            }
            Self::UnsupportedBlock(name) => {
                return format!("Blocks of type \"{name}\" are not expected here.");
            }
            Self::UnsupportedArgument(name) => {
                return format!("An argument named \"{name}\" is not expected here.");
            }
            Self::MissingArgument(name) => {
                return format!(
                    "The argument \"{name}\" is required, but no definition was found."
                );
            }
            Self::MissingLabel { block, .. } => {
                return format!("All {block} blocks must have {}.", labels_of(block));
            }
            Self::ExtraneousLabel(block) if !has_labels(block) => {
                return format!("No labels are expected for {block} blocks.");
            }
            Self::ExtraneousLabel(block) => {
                return format!("Only {} are expected for {block} blocks.", labels_of(block));
            }
            Self::WrongJsonType => {
                "Either a JSON object or JSON array of objects is required here, to specify name labels for this block."
            }
            Self::CountAndForEach => {
                "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit \
                 about the number of resources to be created."
            }
            Self::LegacyType => {
                "To provide a full type expression, remove the surrounding quotes and give the type expression directly."
            }
            Self::VariablesNotAllowed => "Variables may not be used here.",
            Self::CallsNotAllowed => "Functions may not be called here.",
            Self::VersionNotText => "A string value is required for version.",
            Self::InvalidName(_) => {
                "A name must start with a letter or underscore and may contain only letters, digits, underscores, and \
                 dashes."
            }
            _ => "",
        };
        fixed.to_owned()
    }
}

/// Whether blocks of a type have labels at all.
fn has_labels(block: &str) -> bool {
    !matches!(
        block,
        "locals"
            | "terraform"
            | "moved"
            | "import"
            | "removed"
            | "required_providers"
            | "lifecycle"
    )
}

/// The labels of a block, with their number.
fn labels_of(block: &str) -> &'static str {
    match block {
        "resource" | "data" | "ephemeral" => "2 labels (type, name)",
        "backend" | "provisioner" => "1 labels (type)",
        _ => "1 labels (name)",
    }
}

#[cfg(test)]
mod tests {
    use super::super::problem::ProblemKind;

    #[test]
    fn labels_are_counted_as_the_client_counts_them() {
        let missing = ProblemKind::MissingLabel {
            label: "name",
            block: "resource".to_owned(),
        };
        assert_eq!(
            missing.client_detail(),
            "All resource blocks must have 2 labels (type, name)."
        );
        assert_eq!(
            ProblemKind::ExtraneousLabel("module".to_owned()).client_detail(),
            "Only 1 labels (name) are expected for module blocks."
        );
    }
}

//! Rows of messages about configuration files, module directories and `modules.json`.

use super::Row;
use super::certain;
use super::frames::ADDRESS;
use super::frames::ARGUMENT;
use super::frames::BLOCK_TYPE;
use super::frames::CACHE;
use super::frames::CALL_NAME;
use super::frames::CLI_HOST;
use super::frames::CLI_HOST_BLOCK;
use super::frames::CLI_MISSING;
use super::frames::CLI_PARSE;
use super::frames::CLI_READ;
use super::frames::COMBINATION;
use super::frames::CONSTRAINT;
use super::frames::CORE;
use super::frames::CORE_TOFU;
use super::frames::DIRECTORY;
use super::frames::DUPLICATE_CALL;
use super::frames::ESCAPES;
use super::frames::FUNCTIONS;
use super::frames::GLOB;
use super::frames::GLOB_EMPTY;
use super::frames::GLOB_SUMMARY;
use super::frames::GLOB_SYNTAX;
use super::frames::IMPORT;
use super::frames::INCOMPATIBLE;
use super::frames::LABEL_MISSING;
use super::frames::LABELS;
use super::frames::LOADER;
use super::frames::MANIFEST;
use super::frames::MISSING;
use super::frames::NEW_TYPE;
use super::frames::NO_CONFIGURATION;
use super::frames::NOT_INSTALLED;
use super::frames::OLD_ADDRESS;
use super::frames::OLD_CONSTRAINT;
use super::frames::OLD_DIRECTORY;
use super::frames::OLD_MANIFEST;
use super::frames::OVERRIDE;
use super::frames::READ_FILE;
use super::frames::REGISTRY_ADDRESS;
use super::frames::SOURCE_CHANGED;
use super::frames::SUBDIRECTORY;
use super::frames::SUBDIRECTORY_TOFU;
use super::frames::SYNTAX;
use super::frames::TYPE;
use super::frames::UNKNOWN_SOURCE;
use super::frames::UNKNOWN_VERSION;
use super::frames::UNSUITABLE;
use super::frames::VARIABLES;
use super::frames::VERSION_CHANGED;
use super::likely;
use super::possible;
use super::row;

const SOURCE: &str = "`tfreg-doctor check .` says how the client reads the source, and which address was probably meant";
const PLACE: &str = "the file in the message tells: below `.terraform/modules` it is the fetched module's (TFR747), else the root's";
const CONSTRAINT_ASK: &str =
    "the line in the message tells: `version` of a call is TFR452, `required_version` TFR024";
const LIST: &str =
    "`tfreg-doctor check . --until versions` shows the list and which of its versions count";
const DIRECTORY_ASK: &str =
    "`tfreg-doctor check .` shows the tree of the package and which directory the call asks for";
const RECORDS: &str =
    "`tfreg-doctor modules .` compares modules.json with the configuration and the disk";
const SETTINGS: &str =
    "`tfreg-doctor check .` shows which CLI configuration files are read, and from where";

/// The rows.
#[rustfmt::skip] // One row a line: it is read as a table.
pub(super) static ROWS: &[Row] = &[
    // Addresses.
    row(&[&REGISTRY_ADDRESS], "must contain at least one dot", &[certain("TFR006"), possible("TFR001"), possible("TFR003")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "\"‹q›://‹q›\"", &[likely("TFR003"), likely("TFR004"), possible("TFR001")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "as a module registry address", &[certain("TFR003")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "must have either three or four slash-separated components", &[likely("TFR003"), likely("TFR001"), possible("TFR004"), possible("TFR002")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "leads outside of the module package", &[certain("TFR026"), possible("TFR001")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "Failed to parse module registry address", &[likely("TFR001"), likely("TFR003")], SOURCE),
    row(&[&REGISTRY_ADDRESS], "has invalid source address", &[likely("TFR001"), likely("TFR003")], SOURCE),
    row(&[&CONSTRAINT], "because it has a non Registry URL", &[likely("TFR003"), likely("TFR006"), possible("TFR001")], SOURCE),
    row(&[&CONSTRAINT], "Cannot apply a version constraint to module", &[certain("TFR003")], SOURCE),
    row(&[&ADDRESS], "leads outside of the module package", &[certain("TFR026")], SOURCE),
    row(&[&ADDRESS], "invalid source address \"\"", &[likely("TFR020"), likely("TFR009"), possible("TFR007")], SOURCE),
    row(&[&ADDRESS], "module source address: invalid source", &[certain("TFR009"), possible("TFR007")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"ssh://", &[certain("TFR537"), possible("TFR029")], SOURCE),
    row(&[&ADDRESS], "has invalid source address \"‹q›ssh://", &[certain("TFR537"), possible("TFR029")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"‹q›?‹q›\"", &[likely("TFR001"), likely("TFR009")], SOURCE),
    row(&[&ADDRESS], "has invalid source address \"‹q›?‹q›\"", &[likely("TFR001"), likely("TFR009")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"‹q›:/‹q›\"", &[likely("TFR009"), likely("TFR001"), possible("TFR029")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"‹s›.‹s›/‹q›\"", &[likely("TFR001"), likely("TFR002"), possible("TFR005"), possible("TFR029")], SOURCE),
    row(&[&ADDRESS], "has invalid source address \"‹s›.‹s›/‹q›\"", &[likely("TFR001"), likely("TFR002"), possible("TFR005"), possible("TFR029")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"‹s›/‹s›/‹s›/‹s›/‹q›\"", &[likely("TFR002"), likely("TFR001"), possible("TFR005")], SOURCE),
    row(&[&ADDRESS], "has invalid source address \"‹s›/‹s›/‹s›/‹s›/‹q›\"", &[likely("TFR002"), likely("TFR001"), possible("TFR005")], SOURCE),
    row(&[&ADDRESS], "installation method for remote module package \"‹s›/‹q›\"", &[likely("TFR005"), likely("TFR001"), possible("TFR002")], SOURCE),
    row(&[&ADDRESS], "has invalid source address \"‹s›/‹q›\"", &[likely("TFR005"), likely("TFR001"), possible("TFR002")], SOURCE),
    row(&[&ADDRESS], "failed to determine your intended installation method", &[likely("TFR009"), likely("TFR005"), possible("TFR001")], SOURCE),
    row(&[&ADDRESS], "has invalid source address", &[likely("TFR009"), likely("TFR005"), possible("TFR001")], SOURCE),
    row(&[&ADDRESS], "Failed to parse module source address", &[likely("TFR001"), likely("TFR009")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address \"/‹q›\" could not be resolved", &[certain("TFR680"), possible("TFR005")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address \"‹q›?‹q›\" could not be resolved", &[likely("TFR001"), likely("TFR009")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address \"‹s›.‹s›/‹q›\" could not be resolved", &[likely("TFR001"), likely("TFR002"), possible("TFR005")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address \"‹q›://‹q›\" could not be resolved", &[likely("TFR009"), likely("TFR680")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address \"‹s›/‹q›\" could not be resolved", &[likely("TFR005"), likely("TFR001"), possible("TFR002")], SOURCE),
    row(&[&OLD_ADDRESS], "The module address ‹› could not be resolved", &[likely("TFR009"), likely("TFR005"), possible("TFR001")], SOURCE),
    row(&[&ESCAPES], "would be outside of its containing package", &[certain("TFR850")], SOURCE),
    // Versions.
    row(&[&OLD_CONSTRAINT], "has invalid version constraint", &[certain("TFR452")], LIST),
    row(&[&CONSTRAINT], "required_version", &[certain("TFR024"), possible("TFR452")], CONSTRAINT_ASK),
    row(&[&CONSTRAINT], ", in module‹›does not use correct version constraint syntax", &[certain("TFR452")], CONSTRAINT_ASK),
    row(&[&CONSTRAINT], "required_providers", &[], ""),
    row(&[&CONSTRAINT], "does not use correct version constraint syntax", &[likely("TFR452"), likely("TFR024")], CONSTRAINT_ASK),
    row(&[&CORE, &CORE_TOFU], "This configuration does not support", &[certain("TFR024")], CONSTRAINT_ASK),
    row(&[&CORE, &CORE_TOFU], "Module ‹›does not support", &[certain("TFR455")], CONSTRAINT_ASK),
    // Expressions and calls.
    row(&[&TYPE, &UNSUITABLE], "null value is not allowed", &[certain("TFR020"), possible("TFR007")], SOURCE),
    row(&[&TYPE, &NEW_TYPE], "string required", &[certain("TFR007")], SOURCE),
    row(&[&TYPE], "value must be known", &[likely("TFR007"), possible("TFR022")], SOURCE),
    row(&[&VARIABLES], ", in variable", &[], ""),
    row(&[&VARIABLES], ", in terraform", &[], ""),
    row(&[&VARIABLES], ", in provider", &[], ""),
    row(&[&VARIABLES], ", in module", &[certain("TFR007")], SOURCE),
    row(&[&VARIABLES], "Variables may not be used here", &[likely("TFR007")], SOURCE),
    row(&[&FUNCTIONS], ", in module", &[certain("TFR007")], SOURCE),
    row(&[&UNKNOWN_SOURCE, &UNKNOWN_VERSION], "", &[certain("TFR007")], SOURCE),
    row(&[&MISSING], "The argument \"source\" is required", &[certain("TFR020")], SOURCE),
    row(&[&DUPLICATE_CALL], "", &[certain("TFR021")], SOURCE),
    row(&[&CALL_NAME], "", &[certain("TFR021")], SOURCE),
    row(&[&LABELS, &LABEL_MISSING], "", &[certain("TFR021")], SOURCE),
    row(&[&OVERRIDE], "", &[certain("TFR021")], SOURCE),
    row(&[&COMBINATION], ", in module", &[certain("TFR021")], SOURCE),
    // Files.
    row(&[&BLOCK_TYPE], "Blocks of type \"credentials\"", &[certain("TFR105")], SOURCE),
    row(&[&BLOCK_TYPE], "Blocks of type \"host\"", &[certain("TFR105")], SOURCE),
    row(&[&BLOCK_TYPE], ".terraform/modules/‹›are not expected here", &[certain("TFR747")], PLACE),
    row(&[&BLOCK_TYPE], "are not expected here", &[possible("TFR024"), possible("TFR747")], PLACE),
    row(SYNTAX, ".terraform/modules/", &[likely("TFR747"), possible("TFR706")], PLACE),
    row(SYNTAX, ".terraform\\modules\\", &[likely("TFR747"), possible("TFR706")], PLACE),
    row(SYNTAX, "", &[likely("TFR022"), possible("TFR747")], PLACE),
    row(&[&READ_FILE], ".terraform/modules/", &[likely("TFR708"), likely("TFR023")], PLACE),
    row(&[&READ_FILE], "could not be read", &[certain("TFR023")], PLACE),
    row(&[&IMPORT, &INCOMPATIBLE], "", &[certain("TFR749")], PLACE),
    row(&[&ARGUMENT], ", in module", &[likely("TFR740"), likely("TFR741"), possible("TFR021")], DIRECTORY_ASK),
    // Directories.
    row(&[&SUBDIRECTORY], "The directory ‹s›/‹›*‹›does not exist", &[certain("TFR535"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&SUBDIRECTORY], "does not exist", &[certain("TFR743"), possible("TFR740")], DIRECTORY_ASK),
    row(&[&SUBDIRECTORY_TOFU], "The requested subdirectory was \"‹q›*", &[certain("TFR535"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&SUBDIRECTORY_TOFU], "The requested subdirectory was", &[certain("TFR743"), possible("TFR740")], DIRECTORY_ASK),
    row(&[&GLOB, &GLOB_SUMMARY], "matches multiple paths", &[certain("TFR745"), possible("TFR746")], DIRECTORY_ASK),
    row(&[&GLOB], "subdir \"\" not found", &[certain("TFR665"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&GLOB], "subdir \"‹q›*‹q›\" not found", &[certain("TFR745"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&GLOB], "not found", &[certain("TFR743"), possible("TFR745")], DIRECTORY_ASK),
    row(&[&GLOB, &GLOB_SYNTAX], "", &[certain("TFR745")], DIRECTORY_ASK),
    row(&[&GLOB_EMPTY], "", &[certain("TFR665"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&GLOB_SUMMARY], "*‹q›\" not found", &[certain("TFR745"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&GLOB_SUMMARY], "\" not found", &[certain("TFR743"), possible("TFR745")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "The directory ‹›*‹›could not be read. This is a bug in", &[certain("TFR535"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&DIRECTORY], ".tf could not be read. This is a bug in", &[likely("TFR745"), likely("TFR743")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "could not be read. This is a bug in", &[likely("TFR743"), likely("TFR745")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "Unable to evaluate directory symlink: lstat .terraform/modules/‹s›:", &[likely("TFR850"), likely("TFR854")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "Unable to evaluate directory symlink", &[certain("TFR854"), possible("TFR850")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "The directory could not be read for module", &[certain("TFR854"), possible("TFR850")], DIRECTORY_ASK),
    row(&[&DIRECTORY], "could not be read for module", &[certain("TFR856"), possible("TFR854")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory does not exist", &[certain("TFR854"), possible("TFR850")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹›*‹›does not exist", &[likely("TFR535"), likely("TFR980"), possible("TFR745")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹›[‹›does not exist", &[likely("TFR980"), likely("TFR745"), possible("TFR535")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹s›.tf does not exist", &[certain("TFR745")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹s›/‹›.tf does not exist", &[likely("TFR745"), possible("TFR743")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹s›/‹›does not exist", &[likely("TFR743"), possible("TFR535")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "Module directory .terraform/modules/‹s› does not exist", &[likely("TFR665"), likely("TFR743")], DIRECTORY_ASK),
    row(&[&OLD_DIRECTORY], "does not exist or cannot be read", &[likely("TFR856"), likely("TFR854")], DIRECTORY_ASK),
    row(&[&CACHE], "file name too long", &[certain("TFR853")], DIRECTORY_ASK),
    row(&[&CACHE], "", &[possible("TFR803"), possible("TFR853")], RECORDS),
    row(&[&NO_CONFIGURATION], "", &[likely("TFR741"), likely("TFR740")], DIRECTORY_ASK),
    // Records.
    row(&[&MANIFEST, &OLD_MANIFEST, &LOADER], "contains two records", &[certain("TFR802"), possible("TFR801")], RECORDS),
    row(&[&MANIFEST, &OLD_MANIFEST, &LOADER], "", &[certain("TFR801")], RECORDS),
    row(&[&NOT_INSTALLED], "local cache directory ‹›*‹›could not be read", &[likely("TFR806"), likely("TFR803")], RECORDS),
    row(&[&NOT_INSTALLED], "local cache directory ‹›\\‹›could not be read", &[likely("TFR807"), likely("TFR803")], RECORDS),
    row(&[&NOT_INSTALLED], "local cache directory", &[certain("TFR803"), possible("TFR807")], RECORDS),
    row(&[&NOT_INSTALLED], "", &[likely("TFR813"), likely("TFR803")], RECORDS),
    row(&[&SOURCE_CHANGED, &VERSION_CHANGED], "", &[certain("TFR810")], RECORDS),
    // The CLI configuration.
    row(&[&CLI_MISSING], "", &[certain("TFR010"), possible("TFR018")], SETTINGS),
    row(&[&CLI_PARSE], "", &[certain("TFR011")], SETTINGS),
    row(&[&CLI_READ], "", &[certain("TFR018")], SETTINGS),
    row(&[&CLI_HOST, &CLI_HOST_BLOCK], "block has an invalid hostname", &[certain("TFR016")], SETTINGS),
];

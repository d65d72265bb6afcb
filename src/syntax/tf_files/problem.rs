//! What the client finds wrong with configuration while it loads it. Never holds prose but the client's own.

use crate::syntax::hcl2::{Span, SyntaxFault};
use crate::syntax::tf_json::JsonFault;

/// One thing the client reports as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as named by the caller.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is wrong.
    pub kind: ProblemKind,
    /// What the client prints below its summary; empty where that is not known.
    pub detail: String,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Native syntax.
    Syntax(SyntaxFault),
    /// JSON syntax.
    Json(JsonFault),
    /// A block of a type that is not expected there.
    UnsupportedBlock(String),
    /// An argument that is not expected there.
    UnsupportedArgument(String),
    /// The same in JSON syntax, for both.
    ExtraneousProperty(String),
    /// An argument that must be there and is not.
    MissingArgument(String),
    /// An argument given twice in JSON syntax.
    DuplicateArgument(String),
    /// The same where names are free, as in `locals`.
    DuplicateName(String),
    /// A block without its label.
    MissingLabel {
        /// What the label is called.
        label: &'static str,
        /// The block type.
        block: String,
    },
    /// A block with too many labels.
    ExtraneousLabel(String),
    /// JSON syntax: no object where names must be.
    MissingJsonLabel,
    /// JSON syntax: a value of the wrong type.
    WrongJsonType,
    /// A block where only arguments may be.
    UnexpectedBlock(String),
    /// A reference where only constants may be.
    VariablesNotAllowed,
    /// A function call where only constants may be.
    CallsNotAllowed,
    /// A value that cannot be converted to what is needed.
    UnsuitableValue,
    /// A version constraint that is no string.
    VersionNotText,
    /// A name that is no identifier.
    InvalidName(Named),
    /// A second declaration of one name.
    Duplicate(Declared),
    /// An override of something that is not there.
    NothingToOverride(Overridden),
    /// A block that override files must not hold.
    CannotOverride(String),
    /// `depends_on` in an override file.
    UnsupportedOverride,
    /// A block type kept for later; the block it stands in.
    ReservedBlock(&'static str),
    /// An argument of a provider block kept for later.
    ReservedArgument,
    /// `count` beside `for_each`.
    CountAndForEach,
    /// A second escaping, lifecycle or connection block.
    SecondBlock(&'static str),
    /// `required_providers` at top level.
    MisplacedRequiredProviders,
    /// `cloud` beside `backend`.
    BackendAndCloud,
    /// A local name of a provider that is not normalised.
    ProviderName,
    /// A provider reference that is none.
    ProviderReference,
    /// A provider source whose last part is no provider type.
    ProviderType,
    /// A provider source whose last part but one is no namespace.
    ProviderNamespace,
    /// An entry of `required_providers` with something unknown in it.
    RequiredProvider,
    /// Something that must be written as a list or as a single reference.
    StaticExpression,
    /// `["*"]` in `ignore_changes`.
    IgnoreWildcard,
    /// A keyword argument with another value; the argument.
    Keyword(&'static str),
    /// A type constraint that is none.
    TypeConstraint,
    /// A type constraint in quotes.
    QuotedType,
    /// Something else in quotes where a type must be.
    LegacyType,
    /// A default that does not fit the type.
    DefaultValue,
    /// A condition that refers to the resource it stands in; the block.
    SelfReference(String),
    /// A condition that refers to nothing; the block.
    ConditionWithoutReference(String),
    /// A validation that does not look at its variable.
    ValidationCondition,
    /// A check without assertions.
    ZeroAsserts,
    /// `count` or `for_each` in a data block of a check; the argument.
    NestedRepetition(&'static str),
    /// A lifecycle argument that only managed resources have; what has it.
    LifecycleArgument(&'static str),
    /// A `postcondition` of an output.
    OutputPostcondition,
    /// A provisioner that no longer exists.
    RemovedProvisioner(String),
    /// A destroy-time provisioner that refers to something else.
    DestroyReference,
    /// Experiments, which releases refuse.
    Experiments,
    /// A language edition that is none or newer.
    LanguageEdition,
    /// A test file with two blocks where one is allowed; the block.
    MultipleBlocks(&'static str),
    /// Two runs of one name.
    DuplicateRun,
    /// A run's module block without a source.
    RunWithoutSource,
}

/// What has an invalid name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A module call.
    Call,
    /// A variable.
    Variable,
    /// An output.
    Output,
    /// A local value.
    Local,
    /// The type of a resource.
    ResourceType,
    /// A resource.
    Resource,
    /// The type of a data source.
    DataType,
    /// A data source.
    Data,
    /// The type of an ephemeral resource.
    EphemeralType,
    /// An ephemeral resource.
    Ephemeral,
    /// A check.
    Check,
    /// A provider alias.
    Alias,
    /// A run of a test file.
    Run,
}

/// What is declared twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A module call.
    Call,
    /// A variable.
    Variable,
    /// An output.
    Output,
    /// A local value.
    Local,
    /// A resource of this type.
    Resource(String),
    /// A data source of this type.
    Data(String),
    /// An ephemeral resource of this type.
    Ephemeral(String),
    /// The check of this name.
    Check(String),
    /// A provider configuration.
    Provider,
    /// `required_providers`.
    RequiredProviders,
    /// A backend.
    Backend,
    /// A `cloud` block.
    Cloud,
}

/// What an override file finds no base for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overridden {
    /// A module call.
    Call,
    /// A variable.
    Variable,
    /// An output.
    Output,
    /// A local value.
    Local,
    /// A resource.
    Resource,
    /// A data source.
    Data,
    /// A provider alias.
    Provider,
}

impl Problem {
    pub(crate) fn new(file: &str, span: Span, kind: ProblemKind) -> Self {
        Self {
            file: file.to_owned(),
            line: span.line,
            column: span.column,
            detail: kind.client_detail(),
            kind,
        }
    }
}

impl ProblemKind {
    /// The summary line the client prints.
    #[must_use]
    pub fn client_summary(&self) -> String {
        let fixed = match self {
            Self::Syntax(fault) => fault.client_summary(),
            Self::Json(fault) => fault.client_summary(),
            Self::UnsupportedBlock(_) => "Unsupported block type",
            Self::UnsupportedArgument(_) => "Unsupported argument",
            Self::ExtraneousProperty(_) => "Extraneous JSON object property",
            Self::MissingArgument(_) => "Missing required argument",
            Self::DuplicateArgument(_) => "Duplicate argument",
            Self::DuplicateName(_) => "Duplicate attribute definition",
            Self::MissingJsonLabel => "Missing block label",
            Self::WrongJsonType => "Incorrect JSON value type",
            Self::VariablesNotAllowed => "Variables not allowed",
            Self::CallsNotAllowed => "Function calls not allowed",
            Self::UnsuitableValue => "Unsuitable value type",
            Self::VersionNotText => "Invalid version constraint",
            Self::UnsupportedOverride => "Unsupported override",
            Self::ReservedArgument => "Reserved argument name in provider block",
            Self::CountAndForEach => "Invalid combination of \"count\" and \"for_each\"",
            Self::MisplacedRequiredProviders => "Invalid required_providers block",
            Self::BackendAndCloud => "Both a backend and cloud configuration are present",
            Self::ProviderName => "Invalid provider local name",
            Self::ProviderReference => "Invalid provider configuration reference",
            Self::ProviderType => "Invalid provider type",
            Self::ProviderNamespace => "Invalid provider namespace",
            Self::RequiredProvider => "Invalid required_providers object",
            Self::StaticExpression => "Invalid expression",
            Self::IgnoreWildcard => "Invalid ignore_changes wildcard",
            Self::TypeConstraint => "Invalid type specification",
            Self::QuotedType => "Invalid quoted type constraints",
            Self::LegacyType => "Invalid legacy variable type hint",
            Self::DefaultValue => "Invalid default value for variable",
            Self::ValidationCondition => "Invalid variable validation condition",
            Self::ZeroAsserts => "Zero assert blocks",
            Self::OutputPostcondition => "Postconditions are not allowed",
            Self::DestroyReference => "Invalid reference from destroy provisioner",
            Self::Experiments => "Module uses experimental features",
            Self::LanguageEdition => "Unsupported language edition",
            Self::DuplicateRun => "Duplicate \"run\" block names",
            Self::RunWithoutSource => "Missing \"source\" attribute for module block",
            Self::InvalidName(named) => named.client_summary(),
            Self::NothingToOverride(overridden) => overridden.client_summary(),
            Self::Duplicate(declared) => return declared.client_summary(),
            Self::MissingLabel { label, block } => return format!("Missing {label} for {block}"),
            Self::ExtraneousLabel(block) => return format!("Extraneous label for {block}"),
            Self::UnexpectedBlock(block) => return format!("Unexpected \"{block}\" block"),
            Self::CannotOverride(block) if block == "moved" || block == "import" => {
                return format!("Cannot override '{block}' blocks");
            }
            Self::CannotOverride(block) => return format!("Can't override {block} blocks"),
            Self::ReservedBlock(block) => {
                return format!("Reserved block type name in {block} block");
            }
            Self::SecondBlock(block) => return format!("Duplicate {block} block"),
            Self::Keyword(argument) => return format!("Invalid \"{argument}\" keyword"),
            Self::ConditionWithoutReference(block) => return format!("Invalid {block} expression"),
            Self::SelfReference(block) => return format!("Invalid reference in {block}"),
            Self::NestedRepetition(argument) => return format!("Invalid \"{argument}\" attribute"),
            Self::LifecycleArgument(resource) => {
                return format!("Invalid {resource} resource lifecycle argument");
            }
            Self::RemovedProvisioner(kind) => {
                return format!("The \"{kind}\" provisioner has been removed");
            }
            Self::MultipleBlocks(block) => return format!("Multiple \"{block}\" blocks"),
        };
        fixed.to_owned()
    }
}

impl Named {
    fn client_summary(self) -> &'static str {
        match self {
            Self::Call => "Invalid module instance name",
            Self::Variable => "Invalid variable name",
            Self::Output => "Invalid output name",
            Self::Local => "Invalid local value name",
            Self::ResourceType => "Invalid resource type name",
            Self::Resource => "Invalid resource name",
            Self::DataType => "Invalid data source name",
            Self::Data => "Invalid data resource name",
            Self::EphemeralType => "Invalid ephemeral resource type",
            Self::Ephemeral => "Invalid ephemeral resource name",
            Self::Check => "Invalid check block name",
            Self::Alias => "Invalid provider configuration alias",
            Self::Run => "Invalid run block name",
        }
    }
}

impl Declared {
    fn client_summary(&self) -> String {
        let fixed = match self {
            Self::Call => "Duplicate module call",
            Self::Variable => "Duplicate variable declaration",
            Self::Output => "Duplicate output definition",
            Self::Local => "Duplicate local value definition",
            Self::Provider => "Duplicate provider configuration",
            Self::RequiredProviders => "Duplicate required providers configuration",
            Self::Backend => "Duplicate backend configuration",
            Self::Cloud => "Duplicate HCP Terraform configurations",
            Self::Resource(name) => return format!("Duplicate resource \"{name}\" configuration"),
            Self::Data(name) => return format!("Duplicate data \"{name}\" configuration"),
            Self::Ephemeral(name) => {
                return format!("Duplicate ephemeral \"{name}\" configuration");
            }
            Self::Check(name) => return format!("Duplicate check \"{name}\" configuration"),
        };
        fixed.to_owned()
    }
}

impl Overridden {
    fn client_summary(self) -> &'static str {
        match self {
            Self::Call => "Missing module call to override",
            Self::Variable => "Missing base variable declaration to override",
            Self::Output => "Missing base output definition to override",
            Self::Local => "Missing base local value definition to override",
            Self::Resource => "Missing resource to override",
            Self::Data => "Missing data resource to override",
            Self::Provider => "Missing base provider configuration for override",
        }
    }
}

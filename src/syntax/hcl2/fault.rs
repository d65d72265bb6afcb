//! Syntax errors of the configuration language: which, and where. Never holds prose for people.

use super::Span;

/// A syntax error with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub fault: SyntaxFault,
    /// The token at which it was noticed.
    pub span: Span,
}

macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident = $summary:literal,)*) => {
        /// What is wrong with the syntax; each variant stands for one message of the client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SyntaxFault { $($(#[$meta])* $name,)* }

        impl SyntaxFault {
            /// The summary line the client prints.
            #[must_use]
            pub fn client_summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }
        }
    };
}

faults! {
    /// The file ends inside a block.
    UnclosedBlock = "Unclosed configuration block",
    /// Something else stands where an argument or a block must.
    ItemRequired = "Argument or block definition required",
    /// A name stands there with neither an equals sign nor a brace behind it.
    ItemUnfinished = "Argument or block definition required",
    /// A nested block stands inside a block of one line.
    ArgumentRequired = "Argument definition required",
    /// An argument name in quotes.
    QuotedArgumentName = "Invalid argument name",
    /// A block header that goes wrong before its brace.
    BlockDefinition = "Invalid block definition",
    /// A block of one line that holds more than one argument.
    OneLineBlock = "Invalid single-argument block definition",
    /// No line end behind an argument.
    NewlineAfterArgument = "Missing newline after argument",
    /// A comma behind an argument.
    CommaAfterArgument = "Unexpected comma after argument",
    /// No line end behind a block.
    NewlineAfterBlock = "Missing newline after block definition",
    /// An argument given twice.
    Redefined = "Attribute redefined",
    /// The file ends where an expression must begin.
    ExpressionMissing = "Missing expression",
    /// Something that begins no expression.
    Expression = "Invalid expression",
    /// `a ? b` without `: c`.
    FalseExpression = "Missing false expression in conditional",
    /// `a.0.1`.
    LegacyIndex = "Invalid legacy index syntax",
    /// `a.*.b.*`.
    NestedSplat = "Nested splat expression not allowed",
    /// A dot without a name behind it.
    AttributeName = "Invalid attribute name",
    /// `a[*` without `]`.
    SplatBracket = "Missing close bracket on splat index",
    /// `a[1` without `]`.
    IndexBracket = "Missing close bracket on index",
    /// A parenthesis that is not closed.
    Parentheses = "Unbalanced parentheses",
    /// Digits that are no number.
    Number = "Invalid number literal",
    /// `a::` without a name behind it.
    FunctionName = "Missing function name",
    /// `a::b` without parentheses.
    OpenParenthesis = "Missing open parenthesis",
    /// `f(x...` without a parenthesis behind it.
    ClosingParenthesis = "Missing closing parenthesis",
    /// The file ends inside a call.
    UnterminatedCall = "Unterminated function call",
    /// No comma between the arguments of a call.
    ArgumentSeparator = "Missing argument separator",
    /// The file ends inside a list.
    UnterminatedList = "Unterminated tuple constructor expression",
    /// No comma between the items of a list.
    ItemSeparator = "Missing item separator",
    /// The file ends inside an object.
    UnterminatedObject = "Unterminated object constructor expression",
    /// An object key without a value.
    AttributeValue = "Missing attribute value",
    /// No `=` between key and value of an object.
    KeySeparator = "Missing key/value separator",
    /// No comma or line end between the items of an object.
    AttributeSeparator = "Missing attribute separator",
    /// A `for` expression that goes wrong.
    ForExpression = "Invalid 'for' expression",
    /// A template inside a block label.
    StringLiteral = "Invalid string literal",
    /// The file ends inside a block label.
    UnterminatedString = "Unterminated string literal",
    /// An unknown escape.
    Escape = "Invalid escape sequence",
    /// `${` without `}`.
    UnclosedInterpolation = "Unclosed template interpolation sequence",
    /// More than an expression between `${` and `}`.
    AfterInterpolation = "Extra characters after interpolation expression",
    /// `%{` without a keyword.
    Directive = "Invalid template directive",
    /// `%{` with an unknown keyword.
    DirectiveKeyword = "Invalid template control keyword",
    /// `%{ for` that goes wrong.
    ForDirective = "Invalid 'for' directive",
    /// More than the directive between `%{ if` and `}`.
    AfterIf = "Extra characters in if marker",
    /// More than the directive between `%{ else` and `}`.
    AfterElse = "Extra characters in else marker",
    /// More than the directive between `%{ endif` and `}`.
    AfterEndif = "Extra characters in endif marker",
    /// More than the directive between `%{ for` and `}`.
    AfterFor = "Extra characters in for marker",
    /// More than the directive between `%{ endfor` and `}`.
    AfterEndfor = "Extra characters in endfor marker",
    /// A string that does not end.
    UnterminatedTemplate = "Unterminated template string",
    /// An `else` at the wrong place.
    UnexpectedElse = "Unexpected else directive",
    /// An `endif` at the wrong place.
    UnexpectedEndif = "Unexpected endif directive",
    /// An `endfor` at the wrong place.
    UnexpectedEndfor = "Unexpected endfor directive",
    /// An `if` or `for` directive that does not end.
    UnexpectedEnd = "Unexpected end of template",
    /// `&`, `|`, `^` or `~`.
    Operator = "Unsupported operator",
    /// A character that the language does not use.
    Character = "Invalid character",
    /// Bytes that are not UTF-8, outside comments.
    Encoding = "Invalid character encoding",
    /// A quoted string over several lines.
    MultiLineString = "Invalid multi-line string",
}

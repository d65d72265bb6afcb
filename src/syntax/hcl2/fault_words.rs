//! What the client prints below the summary of a syntax error. Nothing for errors of which the words are not known.

use super::fault::SyntaxFault;

impl SyntaxFault {
    /// The text below the summary; empty where it is not known, or names a place.
    #[must_use]
    pub fn client_detail(self) -> &'static str {
        match self {
            Self::UnclosedBlock => {
                "There is no closing brace for this block before the end of the file. This may be caused by incorrect \
                 brace nesting elsewhere in this file."
            }
            Self::ItemRequired => "An argument or block definition is required here.",
            Self::ItemUnfinished => {
                "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to \
                 introduce the argument value."
            }
            Self::QuotedArgumentName => "Argument names must not be quoted.",
            Self::BlockDefinition => {
                "Either a quoted string block label or an opening brace (\"{\") is expected here."
            }
            Self::NewlineAfterArgument => "An argument definition must end with a newline.",
            Self::NewlineAfterBlock => "A block definition must end with a newline.",
            Self::CommaAfterArgument => {
                "Argument definitions must be separated by newlines, not commas. An argument definition must end with a \
                 newline."
            }
            Self::ExpressionMissing => {
                "Expected the start of an expression, but found the end of the file."
            }
            Self::Expression => {
                "Expected the start of an expression, but found an invalid expression token."
            }
            Self::AttributeName => "An attribute name is required after a dot.",
            Self::UnterminatedTemplate => "No closing marker was found for the string.",
            Self::MultiLineString => {
                "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n \
                 escape to represent a newline character or use the \"heredoc\" multi-line template syntax."
            }
            _ => "",
        }
    }
}

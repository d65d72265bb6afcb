//! How a report looks: colour, width, glyphs, and the switch that makes it the same every time.

use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// How a report looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether colour is used.
    pub colour: Colour,
    /// Which characters draw boxes and marks.
    pub glyphs: Glyphs,
    /// How much is told.
    pub detail: Detail,
    /// Whether durations, ports and dates are replaced, so that two runs print the same.
    pub steady: bool,
    /// Whether each request's phases are shown.
    pub timings: bool,
    /// Whether each request is shown as a curl line.
    pub curl: bool,
    /// How many of the slowest targets are listed.
    pub slowest: usize,
    /// Which part of a run is shown.
    pub scope: Scope,
}

/// Which part of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The first client's stages and findings, and in what others differ.
    Whole,
    /// What works for whom.
    Matrix,
}

/// Whether colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Yes.
    On,
    /// No.
    Off,
}

/// Which characters draw boxes and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing and check marks.
    Unicode,
    /// Nothing outside ASCII.
    Ascii,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing.
    Silent,
    /// Findings and summary.
    Quiet,
    /// Stage lines too.
    Normal,
    /// Headers and the run step by step.
    Verbose,
    /// Bodies too.
    Bodies,
}

/// The colour of a piece of text: it only repeats what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// A warning.
    Caution,
    /// Not important.
    Dim,
    /// A heading.
    Strong,
    /// Plain.
    Plain,
}

/// A mark in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// A warning.
    Warn,
    /// It could not be told.
    Unsure,
    /// Nothing to say.
    Dot,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 100,
            colour: Colour::Off,
            glyphs: Glyphs::Unicode,
            detail: Detail::Normal,
            steady: false,
            timings: false,
            curl: false,
            slowest: 0,
            scope: Scope::Whole,
        }
    }
}

impl Style {
    /// Text in a tone.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Good => anstyle::AnsiColor::Green.on_default(),
            Tone::Bad => anstyle::AnsiColor::Red.on_default(),
            Tone::Caution => anstyle::AnsiColor::Yellow.on_default(),
            Tone::Dim => anstyle::Style::new().dimmed(),
            Tone::Strong => anstyle::Style::new().bold(),
            Tone::Plain => return text.to_owned(),
        };
        match self.colour {
            Colour::On => format!("{}{text}{}", style.render(), style.render_reset()),
            Colour::Off => text.to_owned(),
        }
    }

    /// A mark, painted; in ASCII a word of its own width.
    pub fn mark(&self, mark: Mark) -> String {
        let (unicode, ascii, tone) = match mark {
            Mark::Pass => ("✓", "ok  ", Tone::Good),
            Mark::Fail => ("✗", "ERR ", Tone::Bad),
            Mark::Warn => ("!", "warn", Tone::Caution),
            Mark::Unsure => ("?", "?   ", Tone::Caution),
            Mark::Dot => ("·", "-   ", Tone::Dim),
        };
        self.paint(tone, self.pick(unicode, ascii))
    }

    /// One of two texts, by the glyphs in use.
    pub fn pick<'a>(&self, unicode: &'a str, ascii: &'a str) -> &'a str {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// The text with the drawing characters of its own replaced where only ASCII is wanted.
    pub fn plain(&self, text: &str) -> String {
        match self.glyphs {
            Glyphs::Unicode => text.to_owned(),
            Glyphs::Ascii => text
                .replace("├── ", "|-- ")
                .replace("└── ", "`-- ")
                .replace('│', "|")
                .replace('…', "...")
                .replace('→', "->")
                .replace('·', "-"),
        }
    }

    /// A duration.
    pub fn duration(&self, took: Duration) -> String {
        if self.steady {
            return "0 ms".to_owned();
        }
        let ms = took.as_millis();
        if ms >= 10_000 {
            format!("{:.1} s", took.as_secs_f64())
        } else {
            format!("{ms} ms")
        }
    }
}

/// A line with something at the right edge; where both do not fit, the right part stays away from the text by one blank.
pub fn spread(left: &str, left_width: usize, right: &str, width: usize) -> String {
    if right.is_empty() {
        return left.trim_end().to_owned();
    }
    let gap = width.saturating_sub(left_width + right.width()).max(1);
    format!("{left}{}{right}", " ".repeat(gap))
}

/// A size in bytes.
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let value = bytes as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", value / 1_024.0),
        _ => format!("{:.1} MiB", value / 1_048_576.0),
    }
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

//! Standard input, bounded: what a person or a pipe hands over.

use std::io;
use std::io::IsTerminal;
use std::io::Read;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The last bytes of it, at most as many as asked for: errors stand at the end of a log.
    pub bytes: Vec<u8>,
    /// Whether bytes before them were dropped.
    pub is_tail: bool,
}

/// Whether a person would have to type it.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Reads standard input to its end and keeps the last `keep` bytes; `None` when it is longer than `most`.
pub fn read(keep: usize, most: u64) -> io::Result<Option<Input>> {
    tail(&mut io::stdin().lock(), keep, most)
}

fn tail(source: &mut impl Read, keep: usize, most: u64) -> io::Result<Option<Input>> {
    let mut bytes = Vec::new();
    let mut is_tail = false;
    let mut total: u64 = 0;
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        total += count as u64;
        if total > most {
            return Ok(None);
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
        // Dropped in large steps, so that a long input is moved few times.
        if bytes.len() > 2 * keep {
            bytes.drain(..bytes.len() - keep);
            is_tail = true;
        }
    }
    if bytes.len() > keep {
        bytes.drain(..bytes.len() - keep);
        is_tail = true;
    }
    Ok(Some(Input { bytes, is_tail }))
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_end_of_a_long_input_is_kept() {
        let text: Vec<u8> = (0..200_000_u32)
            .map(|number| (number % 251) as u8)
            .collect();
        let input = tail(&mut text.as_slice(), 1000, 1 << 20)
            .expect("a slice can be read")
            .expect("it is short enough");
        assert_eq!(input.bytes, text[text.len() - 1000..]);
        assert!(input.is_tail);
        let whole = tail(&mut &text[..10], 1000, 1 << 20)
            .expect("a slice can be read")
            .expect("it is short enough");
        assert_eq!(
            (whole.bytes.as_slice(), whole.is_tail),
            (&text[..10], false)
        );
        assert_eq!(
            tail(&mut text.as_slice(), 1000, 100_000).expect("a slice can be read"),
            None
        );
    }
}

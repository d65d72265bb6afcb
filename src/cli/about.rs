//! What ran, when, and for whom: the head of every report.

use crate::client::Client;
use crate::io::env;
use crate::report::About;
use crate::rules;
use std::hash::BuildHasher;
use std::hash::Hasher;
use std::hash::RandomState;
use std::time::Duration;
use std::time::Instant;

/// A run that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    at: jiff::Timestamp,
    clock: Instant,
}

impl Begun {
    /// Begins now.
    pub fn now() -> Self {
        Self {
            at: jiff::Timestamp::now(),
            clock: Instant::now(),
        }
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// The head of its report, up to now.
    pub fn about(
        &self,
        clients: Vec<(Client, String)>,
        client_note: Option<String>,
        command: Vec<String>,
    ) -> About {
        About {
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("TFREG_DOCTOR_COMMIT"),
            machine: env::machine(),
            id: self.id(),
            started_at: self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            took: self.elapsed(),
            clients,
            spans: Vec::new(),
            client_note,
            command,
            directory: env::below_repository(),
            complete: true,
            partition: None,
            catalogue: rules::ALL,
        }
    }

    /// Milliseconds and chance in the letters of ULIDs.
    fn id(&self) -> String {
        let millis = u128::try_from(self.at.as_millisecond()).unwrap_or_default();
        let chance = || u128::from(RandomState::new().build_hasher().finish());
        let mut number = (millis << 80) | ((chance() << 64 | chance()) & ((1 << 80) - 1));
        let letters: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut id: Vec<char> = Vec::with_capacity(26);
        for _ in 0..26 {
            let letter = usize::try_from(number & 31).unwrap_or_default();
            id.push(letters.get(letter).copied().map_or('0', char::from));
            number >>= 5;
        }
        id.iter().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Begun;

    #[test]
    fn identifiers_have_26_letters_and_differ() {
        let begun = Begun::now();
        let (first, second) = (begun.id(), begun.id());
        assert_eq!(first.len(), 26);
        assert_ne!(first, second);
        assert_eq!(first.get(..10), second.get(..10));
    }
}

//! What `--client` names: a release, a range of releases, or all that are known.
//!
//! `NAME`, `NAME@VERSION`, `NAME@CONSTRAINT` and `all`, repeated or with commas between them; a part that begins with an
//! operator goes on with the constraint before it.

use crate::cli::failure::Failure;
use crate::client::BadClient;
use crate::client::Client;
use crate::client::Product;
use crate::client::releases;
use crate::client::releases::Span;
use crate::version::Constraints;

/// The clients that were named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The clients, the one that the screen shows first, and how each was chosen.
    pub clients: Vec<(Client, String)>,
    /// The spans that some of them stand for.
    pub spans: Vec<Span>,
}

impl Named {
    /// The clients that words name, in their order; of a range the newest comes first.
    pub fn parse(words: &[String], chosen_by: &str) -> Result<Self, Failure> {
        let mut named = Self::default();
        for word in parts(words) {
            match spans_of(&word)? {
                None => {
                    let client = Client::parse(&word)
                        .map_err(|problem| Failure::Usage(bad_client(&word, &problem)))?;
                    named.put(client, chosen_by);
                }
                Some(spans) => named.put_spans(spans, chosen_by),
            }
        }
        Ok(named)
    }

    fn put(&mut self, client: Client, chosen_by: &str) -> bool {
        let is_new = self.clients.iter().all(|(known, _)| *known != client);
        if is_new {
            self.clients.push((client, chosen_by.to_owned()));
        }
        is_new
    }

    /// Puts the newest of the first product first: what most people use.
    fn put_spans(&mut self, mut spans: Vec<Span>, chosen_by: &str) {
        let first = spans.first().map(|span| span.product);
        let newest = spans.iter().rposition(|span| Some(span.product) == first);
        if let Some(newest) = newest {
            let newest = spans.remove(newest);
            spans.insert(0, newest);
        }
        for span in spans {
            if self.put(span.representative(), chosen_by) {
                self.spans.push(span);
            }
        }
    }
}

fn every_span() -> Vec<Span> {
    let mut spans = releases::spans(Product::Terraform, None);
    spans.extend(releases::spans(Product::OpenTofu, None));
    spans
}

fn parts(words: &[String]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in words.iter().flat_map(|word| word.split(',')) {
        let part = part.trim();
        match parts.last_mut() {
            Some(last) if part.starts_with(OPERATORS) => {
                last.push_str(", ");
                last.push_str(part);
            }
            Some(_) | None => parts.push(part.to_owned()),
        }
    }
    parts
}

const OPERATORS: [char; 5] = ['<', '>', '=', '!', '~'];

/// The spans that a word means; nothing where it names one release.
fn spans_of(word: &str) -> Result<Option<Vec<Span>>, Failure> {
    if word == "all" {
        return Ok(Some(every_span()));
    }
    let Some((name, wanted)) = word.split_once('@') else {
        return Ok(None);
    };
    let wanted = wanted.trim();
    if wanted != "all" && !wanted.starts_with(OPERATORS) {
        return Ok(None);
    }
    let product = match Client::parse(name) {
        Ok(client) => client.product,
        Err(problem) => return Err(Failure::Usage(bad_client(word, &problem))),
    };
    if wanted == "all" {
        return Ok(Some(releases::spans(product, None)));
    }
    let constraints = Constraints::parse(wanted).map_err(|_| {
        Failure::Usage(format!(
            "--client {word}: \"{wanted}\" is no range of versions; such as {name}@>=1.1 or {name}@~>1.8.0"
        ))
    })?;
    let spans = releases::spans(product, Some(&constraints));
    if spans.is_empty() {
        return Err(Failure::Usage(format!(
            "--client {word}: no release that is known is in this range; {} is the newest",
            Client::newest(product)
        )));
    }
    Ok(Some(spans))
}

fn bad_client(word: &str, problem: &BadClient) -> String {
    match problem {
        BadClient::Product(name) => format!(
            "--client {word}: \"{name}\" is no client; terraform, opentofu (tofu) and all are, such as terraform@1.11"
        ),
        BadClient::Version(version) => format!(
            "--client {word}: \"{version}\" is no version; such as 1.11.4, 1.11, or a range as >=1.1"
        ),
        BadClient::TooOld(version) => format!(
            "--client {word}: {version} is older than what is known; terraform from 0.12 and opentofu from 1.6 on"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::Named;

    fn named(words: &[&str]) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Named::parse(&words, "--client")
            .map(|named| {
                named
                    .clients
                    .iter()
                    .map(|(client, _)| {
                        let span = named
                            .spans
                            .iter()
                            .find(|span| span.representative() == *client);
                        span.map_or_else(|| client.to_string(), ToString::to_string)
                    })
                    .collect()
            })
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn words_are_repeated_or_have_commas_between_them() {
        assert_eq!(
            named(&["terraform@1.11,tofu@1.8", "terraform@1.11.4"]),
            Ok(vec![
                "terraform@1.11.4".to_owned(),
                "opentofu@1.8.11".to_owned()
            ])
        );
    }

    #[test]
    fn a_range_is_its_spans_the_newest_first() {
        assert_eq!(
            named(&["terraform@>=1.1,<1.3.8"]),
            Ok(vec![
                "terraform 1.3.7".to_owned(),
                "terraform 1.1".to_owned(),
                "terraform 1.2".to_owned(),
                "terraform 1.3.0–1.3.6".to_owned(),
            ])
        );
        let all = named(&["all"]).expect("all");
        assert_eq!(all.first().map(String::as_str), Some("terraform 1.15"));
        assert_eq!(all.last().map(String::as_str), Some("opentofu 1.12"));
        let tofu = named(&["tofu@all"]).expect("all");
        assert!(tofu.iter().all(|name| name.starts_with("opentofu ")));
    }

    #[test]
    fn a_mistake_is_said_with_an_example() {
        for (word, part) in [
            ("pulumi@>=1", "no client"),
            ("terraform@>=", "no range"),
            ("terraform@>=9", "no release"),
            ("terraform@x", "no version"),
            ("terraform@0.11", "older"),
            ("", "no client"),
        ] {
            let problem = named(&[word]).expect_err(word);
            assert!(problem.contains(part), "{word}: {problem}");
        }
    }
}

//! Releases that are known, and the runs of them that behave alike.
//!
//! A span never reaches over two minor versions: nearly each of them reads configuration of its own, and `required_version`
//! tells them apart. Spans beside each other whose results are equal are joined when they are shown.

use crate::client::Behaviour;
use crate::client::Client;
use crate::client::Product;
use crate::client::Release;
use crate::version::Constraints;
use crate::version::Version;
use std::fmt;

/// The last release of each minor version, oldest first.
const TERRAFORM: &[Release] = &[
    (0, 12, 31),
    (0, 13, 7),
    (0, 14, 11),
    (0, 15, 5),
    (1, 0, 11),
    (1, 1, 9),
    (1, 2, 9),
    (1, 3, 10),
    (1, 4, 7),
    (1, 5, 7),
    (1, 6, 6),
    (1, 7, 5),
    (1, 8, 5),
    (1, 9, 8),
    (1, 10, 5),
    (1, 11, 4),
    (1, 12, 2),
    (1, 13, 5),
    (1, 14, 9),
    (1, 15, 9),
];

/// The same for OpenTofu.
const OPENTOFU: &[Release] = &[
    (1, 6, 3),
    (1, 7, 10),
    (1, 8, 11),
    (1, 9, 4),
    (1, 10, 10),
    (1, 11, 14),
    (1, 12, 6),
];

/// The last release of each minor version, oldest first; behaviour inside a minor version is read from it.
pub fn series(product: Product) -> &'static [Release] {
    match product {
        Product::Terraform => TERRAFORM,
        Product::OpenTofu => OPENTOFU,
    }
}

/// A run of releases of one product.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The product.
    pub product: Product,
    /// The first release.
    pub first: Release,
    /// The last release.
    pub last: Release,
}

impl Span {
    /// A release alone.
    pub fn of(client: &Client) -> Self {
        Self {
            product: client.product,
            first: client.release,
            last: client.release,
        }
    }

    /// The client that stands for all of them.
    pub fn representative(&self) -> Client {
        Client {
            product: self.product,
            release: self.last,
        }
    }

    /// Whether another span begins where this one ends.
    pub fn touches(&self, next: &Self) -> bool {
        let (major, minor, patch) = self.last;
        let list = series(self.product);
        let at = list.iter().position(|known| known == &self.last);
        let after = match at {
            Some(at) => list
                .get(at + 1)
                .map(|(major, minor, _)| (*major, *minor, 0)),
            None => Some((major, minor, patch + 1)),
        };
        self.product == next.product && after == Some(next.first)
    }

    /// The span from the beginning of this one to the end of another.
    pub fn up_to(&self, next: &Self) -> Self {
        Self {
            last: next.last,
            ..self.clone()
        }
    }

    /// The numbers alone: `1.1–1.2`, `1.3.7`, `1.8.0–1.8.3`.
    pub fn numbers(&self) -> String {
        let (major, minor, patch) = self.first;
        let (last_major, last_minor, last_patch) = self.last;
        let whole_end = series(self.product).contains(&self.last);
        let one_series = (major, minor) == (last_major, last_minor);
        match (one_series, patch == 0 && whole_end) {
            _ if self.first == self.last => format!("{major}.{minor}.{patch}"),
            (true, true) => format!("{major}.{minor}"),
            (true, false) => format!("{major}.{minor}.{patch}–{major}.{minor}.{last_patch}"),
            (false, _) => {
                let from = match patch {
                    0 => format!("{major}.{minor}"),
                    _ => format!("{major}.{minor}.{patch}"),
                };
                let to = if whole_end {
                    format!("{last_major}.{last_minor}")
                } else {
                    format!("{last_major}.{last_minor}.{last_patch}")
                };
                format!("{from}–{to}")
            }
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.product.word(), self.numbers())
    }
}

/// All spans of a product that a constraint allows, oldest first; without one, all.
pub fn spans(product: Product, wanted: Option<&Constraints>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    for client in releases(product) {
        if !wanted.is_none_or(|wanted| wanted.allows(&version_of(&client))) {
            open = false;
            continue;
        }
        match spans.last_mut() {
            Some(last) if open && is_alike(&last.representative(), &client) => {
                last.last = client.release;
            }
            Some(_) | None => spans.push(Span::of(&client)),
        }
        open = true;
    }
    spans
}

/// The number of a release as a version.
fn version_of(client: &Client) -> Version {
    Version::parse(&client.version()).expect("three numbers are a version")
}

fn releases(product: Product) -> impl Iterator<Item = Client> {
    series(product)
        .iter()
        .flat_map(move |(major, minor, last)| {
            (0..=*last).map(move |patch| Client {
                product,
                release: (*major, *minor, patch),
            })
        })
}

fn is_alike(one: &Client, other: &Client) -> bool {
    let (major, minor, _) = one.release;
    let (other_major, other_minor, _) = other.release;
    (major, minor) == (other_major, other_minor)
        && Behaviour::ALL
            .iter()
            .all(|behaviour| one.does(*behaviour) == other.does(*behaviour))
}

#[cfg(test)]
mod tests {
    use super::Span;
    use super::spans;
    use crate::client::Product;
    use crate::version::Constraints;

    fn named(product: Product, wanted: &str) -> Vec<String> {
        let wanted = Constraints::parse(wanted).expect("a constraint");
        spans(product, Some(&wanted))
            .iter()
            .map(Span::numbers)
            .collect()
    }

    #[test]
    fn a_span_ends_where_a_behaviour_does() {
        assert_eq!(
            named(Product::Terraform, "~> 1.3.0"),
            ["1.3.0–1.3.6", "1.3.7–1.3.10"]
        );
        assert_eq!(named(Product::Terraform, ">= 1.1, < 1.3"), ["1.1", "1.2"]);
        assert_eq!(named(Product::Terraform, "1.2.4"), ["1.2.4"]);
        assert_eq!(named(Product::OpenTofu, ">= 9"), [""; 0]);
    }

    #[test]
    fn a_hole_ends_a_span() {
        assert_eq!(
            named(Product::Terraform, "~> 1.2.0, != 1.2.4"),
            ["1.2.0–1.2.3", "1.2.5–1.2.9"]
        );
    }

    #[test]
    fn spans_cover_every_release_and_join_to_one() {
        for (product, whole) in [
            (Product::Terraform, "terraform 0.12–1.15"),
            (Product::OpenTofu, "opentofu 1.6–1.12"),
        ] {
            let all = spans(product, None);
            assert!(all.windows(2).all(|pair| pair[0].touches(&pair[1])));
            let joined = all[0].up_to(all.last().expect("some"));
            assert_eq!(joined.to_string(), whole);
        }
    }
}

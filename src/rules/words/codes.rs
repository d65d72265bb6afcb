//! Which messages stand for a code: for its page, with gaps in capitals.
//!
//! A message is a chain of rows of the table: what is said, and what stands inside of it. Codes with many messages are not
//! here; what is recognised of them tells more.

use crate::client::Client;
use crate::client::Product;
use crate::client::releases::series;
use crate::finding::Said;
use crate::rules::words::fill::Values;
use crate::rules::words::table::Kind;
use crate::rules::words::table::said;

/// A message: what is said, what stands inside of it from the outside in, and what fills gaps.
struct Shape {
    rows: &'static [Kind],
    fixed: &'static [(&'static str, &'static str)],
}

const fn shape(rows: &'static [Kind], fixed: &'static [(&'static str, &'static str)]) -> Shape {
    Shape { rows, fixed }
}

const REFUSED: &str = "Get \"URL\": dial tcp ADDRESS: connect: connection refused";
const NO_HOST: &str = "Get \"URL\": dial tcp: lookup NAME on RESOLVER: no such host";
const UNKNOWN_AUTHORITY: &str = "certificate signed by unknown authority";

/// Messages by code.
#[rustfmt::skip] // One code a line: it is read as a table.
static CODES: &[(&str, &[Shape])] = &[
    ("TFR101", &[shape(&[Kind::Versions, Kind::VersionsStatus], &[("status", "401 Unauthorized")]), shape(&[Kind::Versions, Kind::DiscoveryRequest], &[("error", "401 Unauthorized")])]),
    ("TFR102", &[shape(&[Kind::Versions, Kind::VersionsStatus], &[("status", "401 Unauthorized")]), shape(&[Kind::Location, Kind::LocationStatus], &[("status", "401 Unauthorized")])]),
    ("TFR103", &[shape(&[Kind::Versions, Kind::VersionsStatus], &[("status", "403 Forbidden")]), shape(&[Kind::Location, Kind::LocationStatus], &[("status", "403 Forbidden")])]),
    ("TFR201", &[shape(&[Kind::Versions, Kind::DiscoveryRequest], &[("error", NO_HOST)])]),
    ("TFR202", &[shape(&[Kind::Versions, Kind::DiscoveryRequest], &[("error", REFUSED)])]),
    ("TFR203", &[shape(&[Kind::Versions, Kind::DiscoveryRequest, Kind::Certificate], &[("why", UNKNOWN_AUTHORITY)])]),
    ("TFR209", &[shape(&[Kind::Download], &[("why", REFUSED)]), shape(&[Kind::DownloadNamed], &[("why", REFUSED)])]),
    ("TFR302", &[shape(&[Kind::Versions, Kind::NoServiceKey], &[]), shape(&[Kind::Versions, Kind::OtherService], &[])]),
    ("TFR303", &[shape(&[Kind::Versions, Kind::DiscoveryType], &[]), shape(&[Kind::Versions, Kind::DiscoveryNoType], &[])]),
    ("TFR304", &[shape(&[Kind::Versions, Kind::DiscoveryDecode], &[]), shape(&[Kind::Versions, Kind::DiscoverySize], &[]), shape(&[Kind::Versions, Kind::NoService], &[])]),
    ("TFR305", &[shape(&[Kind::Versions, Kind::DiscoveryRequest], &[("error", "STATUS")])]),
    ("TFR306", &[shape(&[Kind::Versions, Kind::OtherService], &[])]),
    ("TFR307", &[shape(&[Kind::Versions, Kind::ServiceUrl], &[])]),
    ("TFR401", &[shape(&[Kind::NotFound], &[])]),
    ("TFR406", &[shape(&[Kind::NoModules], &[]), shape(&[Kind::NoVersions], &[])]),
    ("TFR410", &[shape(&[Kind::Versions, Kind::Repeated], &[("tries", "2"), ("error", "STATUS returned from URL")])]),
    ("TFR413", &[shape(&[Kind::Versions, Kind::VersionsStatus], &[])]),
    ("TFR450", &[shape(&[Kind::NoMatch], &[])]),
    ("TFR451", &[shape(&[Kind::NoVersions], &[]), shape(&[Kind::NoMatch], &[])]),
    ("TFR455", &[shape(&[Kind::Excluded], &[]), shape(&[Kind::RootExcluded], &[])]),
    ("TFR501", &[shape(&[Kind::Location, Kind::NoLocation], &[])]),
    ("TFR502", &[shape(&[Kind::Location, Kind::NoLocation], &[("status", "200 OK"), ("body", "{\"location\":\"…\"}")])]),
    ("TFR503", &[shape(&[Kind::Location, Kind::Body], &[])]),
    ("TFR505", &[shape(&[Kind::Location, Kind::NoDownload], &[])]),
    ("TFR506", &[shape(&[Kind::Location, Kind::LocationStatus], &[]), shape(&[Kind::Location, Kind::Repeated], &[("tries", "2"), ("error", "STATUS returned from URL")])]),
    ("TFR532", &[shape(&[Kind::BadLocation], &[("why", "must be a direct remote package address")])]),
    ("TFR546", &[shape(&[Kind::Location, Kind::RelativeUrl], &[])]),
    ("TFR605", &[shape(&[Kind::Download], &[("why", "bad response code: 404")]), shape(&[Kind::DownloadNamed], &[("why", "bad response code: 404")])]),
    ("TFR611", &[shape(&[Kind::Download, Kind::Mismatch], &[("archive", "FILE")]), shape(&[Kind::DownloadNamed, Kind::Mismatch], &[("archive", "FILE")])]),
    ("TFR614", &[shape(&[Kind::Download], &[("why", "bad response code: STATUS")]), shape(&[Kind::DownloadNamed], &[("why", "bad response code: STATUS")])]),
    ("TFR634", &[shape(&[Kind::Download, Kind::Getting, Kind::NoRef], &[("program", "/usr/bin/git"), ("status", "1"), ("printed", "error: pathspec 'REF' did not match any file(s) known to git")])]),
    ("TFR665", &[shape(&[Kind::Glob], &[("why", "subdir \"\" not found")])]),
    ("TFR703", &[shape(&[Kind::Download], &[("why", "zip: not a valid zip file")]), shape(&[Kind::Download], &[("why", "unexpected EOF")]), shape(&[Kind::Download], &[("why", "archive/tar: invalid tar header")])]),
    ("TFR743", &[shape(&[Kind::Subdirectory], &[]), shape(&[Kind::Glob], &[("why", "subdir \"SUBDIR\" not found")])]),
    ("TFR745", &[shape(&[Kind::Glob], &[("why", "subdir \"PATTERN\" matches multiple paths")]), shape(&[Kind::Glob], &[("why", "subdir \"PATTERN\" not found")])]),
    ("TFR801", &[shape(&[Kind::Manifest], &[]), shape(&[Kind::ManifestAgain], &[])]),
    ("TFR850", &[shape(&[Kind::Escapes], &[])]),
    ("TFR854", &[shape(&[Kind::Link], &[]), shape(&[Kind::LocalUnreadable], &[("dir", "")])]),
    ("TFR856", &[shape(&[Kind::LocalUnreadable], &[])]),
];

/// What clients print where a code applies, with the clients; nothing where the code has too many messages for that.
pub fn messages_of(code: &str) -> Vec<(String, Said)> {
    let shapes = CODES.iter().find(|(known, _)| *known == code);
    let mut messages: Vec<(String, Said)> = Vec::new();
    for shape in shapes.map_or(&[][..], |(_, shapes)| shapes) {
        let before = messages.len();
        for product in [Product::Terraform, Product::OpenTofu] {
            for (clients, said) in of_product(shape, product) {
                let known = messages.iter().position(|(_, known)| *known == said);
                match known.and_then(|at| messages.get_mut(at).map(|known| (at, known))) {
                    // Another message of the code reads the same: its range is told.
                    Some((at, (known, _))) if at < before && known.contains(product.word()) => {}
                    Some((_, (known, _))) => *known = format!("{known}, {clients}"),
                    None => messages.push((clients, said)),
                }
            }
        }
    }
    messages
}

/// What the releases of one product print, in ranges of those that print the same.
fn of_product(shape: &Shape, product: Product) -> Vec<(String, Said)> {
    let mut releases = series(product).to_vec();
    releases.sort_unstable();
    let mut runs: Vec<(usize, usize, Said)> = Vec::new();
    for (at, release) in releases.iter().enumerate() {
        let client = Client {
            product,
            release: *release,
        };
        let Some(said) = printed(shape, &client) else {
            continue;
        };
        match runs.last_mut() {
            Some((_, last, known)) if *last + 1 == at && *known == said => *last = at,
            Some(_) | None => runs.push((at, at, said)),
        }
    }
    let name = |at: usize| {
        let (major, minor, _) = releases.get(at).copied().unwrap_or_default();
        format!("{major}.{minor}")
    };
    let shown = runs.into_iter().map(|(first, last, said)| {
        let clients = match (first == 0, last + 1 == releases.len()) {
            (true, true) => product.word().to_owned(),
            (false, true) => format!("{} {} and later", product.word(), name(first)),
            _ if first == last => format!("{} {}", product.word(), name(first)),
            _ => format!("{} {} to {}", product.word(), name(first), name(last)),
        };
        (clients, said)
    });
    shown.collect()
}

fn printed(shape: &Shape, client: &Client) -> Option<Said> {
    let mut values = Values::named()
        .with("place", "FILE:LINE")
        .with("version", "VERSION");
    for (name, value) in shape.fixed {
        values = values.with(name, *value);
    }
    let mut inner: Option<Said> = None;
    for kind in shape.rows.iter().rev() {
        let filled = match &inner {
            Some(said) => values
                .clone()
                .with("why", said.detail.clone())
                .with("error", said.detail.clone()),
            None => values.clone(),
        };
        inner = Some(said(*kind, client, &filled)?);
    }
    inner.map(|said| Said {
        summary: said.summary.replace(&client.version(), "VERSION"),
        detail: said.detail.replace(&client.version(), "VERSION"),
    })
}

#[cfg(test)]
mod tests {
    use super::CODES;
    use super::messages_of;
    use crate::rules;

    #[test]
    fn every_code_is_known_and_has_a_message() {
        for (code, _) in CODES {
            assert!(rules::by_name(code).is_some(), "{code}");
            assert!(!messages_of(code).is_empty(), "{code}");
        }
    }

    #[test]
    fn ranges_of_clients_that_print_the_same_are_one() {
        let messages = messages_of("TFR302");
        let (clients, said) = &messages[0];
        assert_eq!(clients, "terraform, opentofu");
        assert_eq!(said.summary, "Error accessing remote module registry");
        assert_eq!(
            said.detail,
            "Failed to retrieve available versions for module \"NAME\" (FILE:LINE) from HOST: host HOST does not provide a \
             modules service."
        );
        let clients: Vec<&str> = messages
            .iter()
            .map(|(clients, _)| clients.as_str())
            .collect();
        assert_eq!(
            clients,
            [
                "terraform, opentofu",
                "terraform, opentofu 1.6 to 1.10",
                "opentofu 1.11 and later"
            ]
        );
    }
}

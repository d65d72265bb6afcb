//! Repositories over smart HTTP: the list of names, and a pack of what was asked for.
//!
//! It speaks version 0 of the protocol, which every git understands, and always sends all that a commit needs,
//! whatever the client has already: both are allowed, and the client cannot tell. Commits are given by id too, as
//! version 2 does. See <https://git-scm.com/docs/http-protocol> and <https://git-scm.com/docs/pack-protocol>.

use std::io;
use std::io::Read;

use super::faults::Reply;
use super::git_objects;
use super::git_objects::Id;
use super::git_store::Store;
use super::git_words::{Repositories, Repository};
use super::placeholders::Placeholders;
use super::routes::Asked;
use super::scenario::split_port;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FLUSH: &[u8] = b"0000";
const NO_ID: &str = "0000000000000000000000000000000000000000";
const ABILITIES: &str =
    "shallow include-tag no-progress allow-tip-sha1-in-want allow-reachable-sha1-in-want";
const LONGEST_REQUEST: u64 = 1 << 24;

/// A repository and where it is served.
#[derive(Debug)]
pub(super) struct Hosted {
    /// Its name in the scenario.
    pub(super) name: String,
    /// Hosts, empty for all, with the paths there.
    places: Vec<(String, String)>,
    auth: Option<String>,
    store: Store,
}

impl Hosted {
    /// Makes every repository, and gives the placeholders of its commits their values.
    pub(super) fn all(
        repositories: &Repositories,
        values: &mut Placeholders,
    ) -> io::Result<Vec<Self>> {
        let mut all = Vec::new();
        for (name, repository) in &repositories.0 {
            let store = Store::new(repository, values)?;
            for (revision, id) in store.revisions() {
                let id = id.to_string();
                let short = id.chars().take(7).collect();
                values.set(&format!("git7:{name}:{revision}"), short);
                values.set(&format!("git:{name}:{revision}"), id);
            }
            all.push(Self {
                name: name.clone(),
                places: places(name, repository),
                auth: repository.auth.clone(),
                store,
            });
        }
        Ok(all)
    }

    /// Whether a request is for this repository.
    pub(super) fn has(&self, asked: &Asked<'_>) -> bool {
        self.path_inside(asked).is_some()
    }

    /// The status and the reply to a request for it.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> (u16, Reply) {
        let request = asked.request;
        if let Some(auth) = &self.auth {
            let wanted = format!("Basic {}", STANDARD.encode(auth));
            if request.header("Authorization") != Some(&wanted) {
                let header = ("WWW-Authenticate", r#"Basic realm="git""#);
                return (401, Reply::own(401, &[header], ""));
            }
        }
        let path = self.path_inside(asked).unwrap_or("");
        let query = asked.target.split_once('?').map_or("", |(_, query)| query);
        let names = "service=git-upload-pack";
        if path == "/info/refs" && query.split('&').any(|part| part == names) {
            return succeeded("advertisement", self.names());
        }
        if path == "/git-upload-pack" && request.method == "POST" {
            return match body(asked).as_deref().and_then(Wish::read) {
                Some(wish) => succeeded("result", self.pack(&wish)),
                None => (400, Reply::own(400, &[], "")),
            };
        }
        (404, Reply::own(404, &[], ""))
    }

    /// Its files on disk, relative to its folder; a folder where there is no content.
    pub(super) fn files(&self) -> Vec<(String, Option<Vec<u8>>)> {
        self.store.files()
    }

    fn path_inside<'a>(&self, asked: &Asked<'a>) -> Option<&'a str> {
        let path = asked.target.split('?').next().unwrap_or("");
        let host = split_port(asked.host).0;
        self.places
            .iter()
            .filter(|(wanted, _)| wanted.is_empty() || wanted == host)
            .filter_map(|(_, prefix)| path.strip_prefix(prefix.as_str()))
            .find(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Every branch and tag with its id; the first line also says what this server can do.
    fn names(&self) -> Vec<u8> {
        let (head, tip) = self.store.head();
        let abilities = format!("{ABILITIES} symref=HEAD:{head}");
        let mut lines: Vec<String> = tip.iter().map(|tip| format!("{tip} HEAD")).collect();
        for (name, id, peeled) in self.store.refs() {
            lines.push(format!("{id} {name}"));
            lines.extend(peeled.map(|id| format!("{id} {name}^{{}}")));
        }
        if lines.is_empty() {
            lines.push(format!("{NO_ID} capabilities^{{}}"));
        }
        let mut out = packet("# service=git-upload-pack\n");
        out.extend(FLUSH);
        for (number, line) in lines.iter().enumerate() {
            out.extend(match number {
                0 => packet(&format!("{line}\0{abilities}\n")),
                _ => packet(&format!("{line}\n")),
            });
        }
        out.extend(FLUSH);
        out
    }

    fn pack(&self, wish: &Wish) -> Vec<u8> {
        if let Some(unknown) = wish.wanted.iter().find(|id| !self.store.has(**id)) {
            return packet(&format!("ERR upload-pack: not our ref {unknown}"));
        }
        let reached = self.store.reached(&wish.wanted, wish.depth);
        let mut out = Vec::new();
        if wish.depth.is_some() {
            for id in &reached.shallow {
                out.extend(packet(&format!("shallow {id}")));
            }
            let whole = |id: &&Id| !reached.shallow.contains(id);
            for id in wish.shallow.iter().filter(whole) {
                out.extend(packet(&format!("unshallow {id}")));
            }
            out.extend(FLUSH);
        }
        match wish.end {
            End::Asked => {}
            End::Offered => out.extend(packet("NAK\n")),
            End::Done => {
                out.extend(packet("NAK\n"));
                out.extend(git_objects::pack(&reached.objects));
            }
        }
        out
    }
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    wanted: Vec<Id>,
    depth: Option<usize>,
    /// The commits whose parents the client lacks.
    shallow: Vec<Id>,
    end: End,
}

/// How far a request goes.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It names what is wanted and nothing else.
    Asked,
    /// It names commits that the client has, and more are to come.
    Offered,
    /// It is all.
    Done,
}

impl Wish {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut wish = Self {
            wanted: Vec::new(),
            depth: None,
            shallow: Vec::new(),
            end: End::Asked,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let (line, after) = next_packet(rest)?;
            rest = after;
            let mut words = line.split_ascii_whitespace();
            let (word, value) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            match word {
                "want" => wish.wanted.push(Id::from_hex(value)?),
                "shallow" => wish.shallow.push(Id::from_hex(value)?),
                // A depth of more than any history is how the client asks for all of it.
                "deepen" => wish.depth = Some(value.parse().ok()?),
                "have" => wish.end = End::Offered,
                "done" => wish.end = End::Done,
                _ => {}
            }
        }
        Some(wish)
    }
}

/// Hosts, empty for all, with the paths there.
fn places(name: &str, repository: &Repository) -> Vec<(String, String)> {
    let usual = vec![format!("/git/{name}.git")];
    let served = repository.serve.as_ref().unwrap_or(&usual);
    let split = |place: &String| {
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        (host.to_owned(), format!("/{path}"))
    };
    served.iter().map(split).collect()
}

fn succeeded(what: &str, body: Vec<u8>) -> (u16, Reply) {
    let kind = format!("application/x-git-upload-pack-{what}");
    let headers = [
        ("Content-Type", kind.as_str()),
        ("Cache-Control", "no-cache"),
    ];
    (200, Reply::own(200, &headers, body))
}

fn body(asked: &Asked<'_>) -> Option<Vec<u8>> {
    let request = asked.request;
    if request.header("Content-Encoding") != Some("gzip") {
        return Some(request.body.clone());
    }
    let mut plain = Vec::new();
    let decoder = flate2::read::GzDecoder::new(request.body.as_slice());
    decoder.take(LONGEST_REQUEST).read_to_end(&mut plain).ok()?;
    Some(plain)
}

/// A line with its length in front.
fn packet(line: &str) -> Vec<u8> {
    format!("{:04x}{line}", line.len() + 4).into_bytes()
}

/// The next line, empty at a flush, and what follows.
fn next_packet(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let digits = str::from_utf8(bytes.get(..4)?).ok()?;
    let length = usize::from_str_radix(digits, 16).ok()?.max(4);
    let line = str::from_utf8(bytes.get(4..length)?).ok()?;
    Some((line, bytes.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::{End, Hosted, Wish, next_packet, packet};
    use crate::lab::git_words::Repositories;
    use crate::lab::placeholders::Placeholders;
    use crate::lab::request::Request;
    use crate::lab::routes::Asked;

    const COMMITS: &str = r#""commits": [{"files": {"a": "1"}}, {"annotated": "v1"}]"#;

    fn hosted(words: &str) -> (Hosted, Placeholders) {
        let text = format!(r#"{{"r": {{{COMMITS}{words}}}}}"#);
        let repositories: Repositories = serde_json::from_str(&text).expect("repositories");
        let mut values = Placeholders::default();
        let mut all = Hosted::all(&repositories, &mut values).expect("made");
        (all.remove(0), values)
    }

    fn with<T>(target: &str, body: Vec<u8>, ask: impl FnOnce(&Asked<'_>) -> T) -> T {
        let request = Request {
            method: if body.is_empty() { "GET" } else { "POST" }.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body,
        };
        ask(&Asked {
            request: &request,
            listener: "http",
            host: "h.example:80",
            target,
        })
    }

    #[test]
    fn a_repository_is_found_where_it_is_served() {
        let found = |words, target| with(target, Vec::new(), |asked| hosted(words).0.has(asked));
        assert!(found("", "/git/r.git") && found("", "/git/r.git/HEAD?x"));
        assert!(!found("", "/git/r.git2") && !found("", "/r"));
        let there = r#", "serve": ["h.example/x/r", "/y"]"#;
        assert!(found(there, "/x/r/info/refs") && found(there, "/y"));
        assert!(!found(r#", "serve": ["g.example/x/r"]"#, "/x/r"));
    }

    #[test]
    fn names_come_with_ids_and_the_head_first() {
        let (hosted, values) = hosted("");
        let tip = values.value("git:r:main").expect("a commit");
        assert_eq!(values.value("git:r:v1"), Some(tip));
        assert_eq!(values.value("git7:r:v1"), tip.get(..7));
        let target = "/git/r.git/info/refs?service=git-upload-pack";
        let (status, reply) = with(target, Vec::new(), |asked| hosted.answer(asked));
        let text = String::from_utf8(reply.body.to_vec()).expect("text");
        assert_eq!(status, 200);
        assert!(text.contains(&format!("{tip} HEAD\0shallow")), "{text}");
        assert!(text.contains(" symref=HEAD:refs/heads/main\n"), "{text}");
        assert!(
            text.contains(&format!("{tip} refs/tags/v1^{{}}\n0000")),
            "{text}"
        );
    }

    #[test]
    fn a_pack_follows_when_the_client_is_done() {
        let (hosted, values) = hosted("");
        let tip = values.value("git:r:main").expect("a commit").to_owned();
        let want = packet(&format!("want {tip} shallow\n"));
        let ask = |rest: &[&[u8]]| {
            let body = [want.clone(), rest.concat()].concat();
            let (status, reply) = with("/git/r.git/git-upload-pack", body, |asked| {
                hosted.answer(asked)
            });
            assert_eq!(status, 200);
            reply.body
        };
        let whole = ask(&[b"0000", &packet("done\n")]);
        assert!(
            whole.starts_with(b"0008NAK\nPACK\0\0\0\x02\0\0\0\x04"),
            "{whole:?}"
        );
        let first = ask(&[&packet("deepen 1"), b"0000"]);
        assert_eq!(
            first,
            [packet(&format!("shallow {tip}")), b"0000".to_vec()].concat()
        );
        assert_eq!(
            ask(&[b"0000", &packet(&format!("have {tip}\n")), b"0000"]),
            "0008NAK\n"
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert_eq!(Wish::read(b"00"), None);
        assert_eq!(Wish::read(&packet("want xyz")), None);
        assert_eq!(Wish::read(b"0000").map(|wish| wish.end), Some(End::Asked));
        assert_eq!(next_packet(b"0001"), Some(("", &b""[..])));
        assert_eq!(next_packet(b"00zz"), None);
        let unknown = packet(&format!("want {}", "1".repeat(40)));
        let body = [unknown, b"0000".to_vec()].concat();
        let reply = with("/git/r.git/git-upload-pack", body, |asked| {
            hosted("").0.answer(asked).1
        });
        assert!(reply.body.starts_with(b"0049ERR "), "{:?}", reply.body);
    }

    #[test]
    fn a_password_is_asked_for() {
        let (hosted, _) = hosted(r#", "auth": "ann:secret""#);
        let status = with("/git/r.git/info/refs", Vec::new(), |asked| {
            hosted.answer(asked).0
        });
        assert_eq!(status, 401);
    }
}

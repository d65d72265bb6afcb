//! Addresses for the wire: what the client would ask for, as the HTTP library takes it, and where a redirect leads.
//!
//! The library's URL type mends what Go refuses (blanks, backslashes, control characters), so these are refused first. It
//! also removes `..` from paths, which Go would send; nothing here can prevent that.

use crate::addr::url::GoUrl;
use crate::foreign::Foreign;
use crate::trace::exchange::Failure;
use crate::trace::exchange::Forbidden;
use percent_encoding::percent_decode_str;
use reqwest::Url;

/// The URL of a request.
pub(super) fn url(address: &str) -> Result<Url, Failure> {
    let bad = || Failure::BadUrl(Foreign::new(address));
    if address.chars().any(|c| c.is_control() || c == ' ') {
        return Err(bad());
    }
    let (scheme, rest) = address.split_once(':').ok_or_else(bad)?;
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err(Failure::Forbidden(Forbidden::Scheme));
    }
    let rest = rest.strip_prefix("//").ok_or_else(bad)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    if authority.contains('\\') || host.is_empty() || host.contains('%') || host.starts_with(':') {
        return Err(bad());
    }
    let address = format!("{scheme}://{authority}{}", path.replace('\\', "%5C"));
    let mut url = Url::parse(&address).map_err(|_| bad())?;
    url.set_fragment(None);
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad());
    }
    Ok(url)
}

/// Takes `user:password` out of a URL.
pub(super) fn take_user_info(url: &mut Url) -> Option<String> {
    let user = percent_decode_str(url.username())
        .decode_utf8_lossy()
        .into_owned();
    let password = url.password().map(|password| {
        percent_decode_str(password)
            .decode_utf8_lossy()
            .into_owned()
    });
    if user.is_empty() && password.is_none() {
        return None;
    }
    // Both can fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(format!("{user}:{}", password.unwrap_or_default()))
}

/// Where a redirect leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Next {
    /// The address.
    pub(super) url: String,
    /// Whether the location named neither scheme nor host.
    pub(super) is_relative: bool,
}

/// The address that a location means, or nothing where the client cannot read it.
pub(super) fn resolve(base: &str, location: &[u8]) -> Option<Next> {
    let reference = GoUrl::parse(&as_text(location)).ok()?;
    let is_relative = reference.scheme.is_empty() && reference.host.is_empty();
    let found = GoUrl::parse(base).ok()?.resolve_reference(&reference);
    let is_http = matches!(found.scheme.as_str(), "http" | "https");
    let address = found.to_string();
    if is_http {
        url(&address).ok()?;
    }
    Some(Next {
        url: address,
        is_relative,
    })
}

/// Bytes outside ASCII are escaped one by one, as Go does when it sends them.
fn as_text(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, &percent_encoding::AsciiSet::EMPTY).to_string()
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use super::take_user_info;
    use super::url;
    use crate::trace::exchange::Failure;
    use crate::trace::exchange::Forbidden;

    #[test]
    fn what_the_client_refuses_is_no_request() {
        for bad in [
            "http://a\\@b/",
            "http://a b/",
            "http://a\tb/",
            "http://1.1.1.1 &@2.2.2.2/",
            "http://[::bad/",
            "http:///x",
            "http://h:65536/",
            "http://%31.example/",
            "nothing",
            "http:h/x",
            "http://:80/",
        ] {
            assert!(matches!(url(bad), Err(Failure::BadUrl(_))), "{bad}");
        }
        for foreign in [
            "file:///etc/passwd",
            "gopher://h/",
            "ftp://h/",
            "javascript:x",
        ] {
            assert_eq!(
                url(foreign),
                Err(Failure::Forbidden(Forbidden::Scheme)),
                "{foreign}"
            );
        }
    }

    #[test]
    fn user_information_leaves_the_address() {
        let mut found = url("https://us%40er:p%3Aw@h.example/x?y#z").expect("a URL");
        assert_eq!(take_user_info(&mut found).as_deref(), Some("us@er:p:w"));
        assert_eq!(found.as_str(), "https://h.example/x?y");
        assert_eq!(take_user_info(&mut found), None);
    }

    #[test]
    fn locations_are_resolved_as_go_does() {
        let base = "http://u:p@h.example:81/a/b?q";
        let rows: [(&str, Option<(&str, bool)>); 13] = [
            ("/x", Some(("http://u:p@h.example:81/x", true))),
            ("c", Some(("http://u:p@h.example:81/a/c", true))),
            ("../c", Some(("http://u:p@h.example:81/c", true))),
            ("?r=1", Some(("http://u:p@h.example:81/a/b?r=1", true))),
            ("//o.example/y", Some(("http://o.example/y", false))),
            ("https://o.example/y", Some(("https://o.example/y", false))),
            ("HTTPS://o.example/y", Some(("https://o.example/y", false))),
            ("/a b", Some(("http://u:p@h.example:81/a%20b", true))),
            ("file:///etc/passwd", Some(("file:///etc/passwd", false))),
            ("http://[::bad", None),
            ("/%zz", None),
            ("/a\nb", None),
            ("1a:b", None),
        ];
        for (location, wanted) in rows {
            let found = resolve(base, location.as_bytes());
            let found = found
                .as_ref()
                .map(|next| (next.url.as_str(), next.is_relative));
            assert_eq!(found, wanted, "{location}");
        }
    }

    #[test]
    fn bytes_outside_ascii_are_escaped() {
        let next = resolve("http://h/", b"/caf\xe9").expect("an address");
        assert_eq!(next.url, "http://h/caf%E9");
    }
}

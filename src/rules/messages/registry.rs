//! Rows of messages about a registry: discovery, versions, location.

use super::Row;
use super::certain;
use super::frames::BAD_RESPONSE;
use super::frames::CRASH;
use super::frames::DOWNLOAD;
use super::frames::LOCATION;
use super::frames::NO_MATCH;
use super::frames::NO_VERSIONS;
use super::frames::NOT_FOUND;
use super::frames::NOT_FOUND_TOFU;
use super::frames::OLD_LOCATION;
use super::frames::PACKAGE_LOCATION;
use super::frames::VERSIONS;
use super::likely;
use super::possible;
use super::row;

const DISCOVERY: &str = "`tfreg-doctor check . --until discovery` shows status, type and body of the discovery document, and who answered";
const CREDENTIAL: &str =
    "`tfreg-doctor check . --until versions` shows whether a token was sent and where it came from";
const SETTINGS: &str = "`tfreg-doctor check . --until discovery` shows whether a host block or the document names the service";
const CONNECTION: &str = "`tfreg-doctor check . --until location` shows which host did not answer, and through which proxy";
const LIST: &str =
    "`tfreg-doctor check . --until versions` shows the list and which of its versions count";
const ANSWER: &str =
    "`tfreg-doctor check . --until location` shows status, headers and body of the answer";

/// The rows.
#[rustfmt::skip] // One row a line: it is read as a table.
pub(super) static ROWS: &[Row] = &[
    // Connections, whatever was asked.
    row(&[&VERSIONS, &LOCATION, &DOWNLOAD], "proxyconnect tcp", &[certain("TFR206")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "no such host", &[certain("TFR201")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "tls: first record does not look like a TLS handshake", &[certain("TFR205")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "server gave HTTP response to HTTPS client", &[certain("TFR205")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: certificate signed by unknown authority", &[certain("TFR203"), possible("TFR208")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: certificate has expired", &[certain("TFR204")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: certificate is valid for", &[certain("TFR204"), possible("TFR208")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: certificate is not valid", &[certain("TFR204"), possible("TFR208")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: cannot validate certificate for", &[certain("TFR204")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "x509: ", &[likely("TFR204"), possible("TFR203")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "remote error: tls", &[certain("TFR212")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "tls: ", &[likely("TFR212"), possible("TFR205")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "connect: connection refused", &[certain("TFR202"), possible("TFR206")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "connection reset by peer", &[likely("TFR202"), possible("TFR208")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "no route to host", &[certain("TFR202")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "network is unreachable", &[certain("TFR202")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "Client.Timeout", &[certain("TFR210"), possible("TFR202")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "i/o timeout", &[certain("TFR210"), possible("TFR202")], CONNECTION),
    row(&[&VERSIONS, &LOCATION], "context deadline exceeded", &[certain("TFR210"), possible("TFR202")], CONNECTION),
    // Discovery.
    row(&[&VERSIONS], "specified in punycode format; service hostnames must be given in unicode", &[certain("TFR030")], DISCOVERY),
    row(&[&VERSIONS], "discovery URL returned an unsupported Content-Type \"text/html", &[likely("TFR303"), likely("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "discovery URL returned an unsupported Content-Type \"‹›\"", &[likely("TFR303"), possible("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "discovery URL has a malformed Content-Type \"‹›\"", &[certain("TFR303")], DISCOVERY),
    row(&[&VERSIONS], "discovery doc response is too large", &[certain("TFR304"), possible("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "failed to decode discovery document as a JSON object: invalid character '<'", &[likely("TFR304"), likely("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "failed to decode discovery document as a JSON object", &[certain("TFR304"), possible("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: ‹›too many redirects", &[certain("TFR309")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: ‹›stopped after ‹› redirects", &[certain("TFR309")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: 401", &[likely("TFR305"), likely("TFR101"), possible("TFR102")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: 403", &[likely("TFR305"), possible("TFR103"), possible("TFR208")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: 407", &[likely("TFR206"), possible("TFR305")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document: ‹›giving up after", &[likely("TFR305"), possible("TFR202")], DISCOVERY),
    row(&[&VERSIONS], "failed to request discovery document", &[likely("TFR305"), possible("TFR202"), possible("TFR206")], DISCOVERY),
    row(&[&VERSIONS], "failed to parse service URL: embedded username/password information is not permitted", &[likely("TFR014"), likely("TFR307")], SETTINGS),
    row(&[&VERSIONS], "failed to parse service URL", &[likely("TFR014"), likely("TFR307")], SETTINGS),
    row(&[&VERSIONS], ": host does not provide a modules service", &[likely("TFR301"), possible("TFR013"), possible("TFR304"), possible("TFR014")], SETTINGS),
    row(&[&VERSIONS], ": host‹›does not provide a modules service", &[likely("TFR302"), likely("TFR014")], SETTINGS),
    row(&[&VERSIONS], "does not provide a modules service", &[likely("TFR302"), likely("TFR301"), possible("TFR014")], SETTINGS),
    row(&[&VERSIONS], ": host‹›does not support modules version", &[likely("TFR302"), likely("TFR014"), possible("TFR306")], SETTINGS),
    row(&[&VERSIONS], "does not provide Terraform modules", &[likely("TFR301"), likely("TFR302")], SETTINGS),
    // Versions.
    row(&[&VERSIONS], "error looking up module versions: 401", &[likely("TFR101"), likely("TFR102"), possible("TFR108"), possible("TFR104"), possible("TFR107")], CREDENTIAL),
    row(&[&VERSIONS], "error looking up module versions: 403", &[likely("TFR103"), likely("TFR101"), possible("TFR106"), possible("TFR208")], CREDENTIAL),
    row(&[&VERSIONS], "error looking up module versions: 429", &[certain("TFR410")], LIST),
    row(&[&VERSIONS], "error looking up module versions: 5", &[certain("TFR410")], LIST),
    row(&[&VERSIONS], "error looking up module versions: ", &[certain("TFR413")], LIST),
    row(&[&VERSIONS, &LOCATION], "request failed after ‹› attempts‹›429", &[certain("TFR410")], LIST),
    row(&[&VERSIONS], "request failed after ‹› attempts", &[certain("TFR410"), possible("TFR202")], LIST),
    row(&[&LOCATION], "request failed after ‹› attempts", &[likely("TFR506"), likely("TFR410")], ANSWER),
    row(&[&VERSIONS], "json: cannot unmarshal", &[certain("TFR405")], LIST),
    row(&[&VERSIONS], "invalid character '<' looking for beginning of value", &[likely("TFR404"), likely("TFR208")], LIST),
    row(&[&VERSIONS], "invalid character", &[certain("TFR404"), possible("TFR208")], LIST),
    row(&[&VERSIONS], "unexpected end of JSON input", &[certain("TFR404")], LIST),
    row(&[&VERSIONS], ": unexpected EOF", &[likely("TFR404"), possible("TFR202")], LIST),
    row(&[&VERSIONS], ": EOF", &[likely("TFR404"), likely("TFR202")], LIST),
    row(&[&VERSIONS], ": stopped after 10 redirects", &[likely("TFR413"), possible("TFR309")], LIST),
    row(&[&NOT_FOUND, &NOT_FOUND_TOFU], "cannot be found in the module registry at", &[likely("TFR401"), likely("TFR308"), possible("TFR101")], "`tfreg-doctor check . --until versions` shows the URL that was asked, and `check HOST/NAMESPACE/NAME/SYSTEM` tries spellings"),
    row(&[&NO_VERSIONS], "has no versions available on", &[likely("TFR406"), likely("TFR451")], LIST),
    row(&[&BAD_RESPONSE], "returned an invalid response when ‹› requested available versions", &[certain("TFR406")], LIST),
    row(&[&BAD_RESPONSE], "returned an invalid version string", &[certain("TFR407"), possible("TFR905")], LIST),
    row(&[&NO_MATCH], "There is no available version of module", &[likely("TFR450"), likely("TFR451"), possible("TFR407"), possible("TFR412")], LIST),
    // Location.
    row(&[&LOCATION], "\" not found", &[certain("TFR505"), possible("TFR408")], ANSWER),
    row(&[&LOCATION], "error getting download location for‹›: 401", &[likely("TFR506"), likely("TFR102"), possible("TFR101")], CREDENTIAL),
    row(&[&LOCATION], "error getting download location for‹›: 403", &[likely("TFR506"), likely("TFR103")], CREDENTIAL),
    row(&[&LOCATION], "error getting download location for‹›: 2", &[certain("TFR508")], ANSWER),
    row(&[&LOCATION], "error getting download location for‹›: 3", &[likely("TFR508"), likely("TFR504")], ANSWER),
    row(&[&LOCATION], "error getting download location for", &[certain("TFR506"), possible("TFR508")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for‹›resp:{\"location\"", &[certain("TFR502"), possible("TFR501")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for‹›: 204", &[certain("TFR501")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for‹›resp:{\"‹›\"location\":\"", &[likely("TFR502"), likely("TFR501")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for‹›resp:{", &[likely("TFR501"), possible("TFR502"), possible("TFR504")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for‹›resp:<", &[likely("TFR501"), likely("TFR208"), possible("TFR504")], ANSWER),
    row(&[&LOCATION], "failed to get download URL for", &[likely("TFR504"), likely("TFR501")], ANSWER),
    row(&[&LOCATION], "failed to deserialize response body", &[likely("TFR503"), likely("TFR504"), possible("TFR502")], ANSWER),
    row(&[&LOCATION], "registry did not return a location for this package", &[certain("TFR501"), possible("TFR502")], ANSWER),
    row(&[&LOCATION], "invalid relative URL", &[certain("TFR546"), possible("TFR536")], ANSWER),
    row(&[&LOCATION], "stopped after 10 redirects", &[certain("TFR504")], ANSWER),
    row(&[&PACKAGE_LOCATION, &LOCATION], "must be a direct remote package address", &[certain("TFR532")], ANSWER),
    row(&[&PACKAGE_LOCATION, &LOCATION], "leads outside of the module package", &[certain("TFR026")], ANSWER),
    row(&[&PACKAGE_LOCATION, &LOCATION], "location \"‹q›ssh://", &[likely("TFR537"), possible("TFR531")], ANSWER),
    row(&[&PACKAGE_LOCATION, &LOCATION], "location \"\\\"", &[certain("TFR536"), possible("TFR531")], ANSWER),
    row(&[&PACKAGE_LOCATION, &LOCATION], "cannot detect a supported external module source type for", &[certain("TFR531"), possible("TFR536")], ANSWER),
    row(&[&PACKAGE_LOCATION], "returned invalid source location", &[likely("TFR531"), likely("TFR536"), possible("TFR546")], ANSWER),
    row(&[&LOCATION], "returned invalid package location", &[likely("TFR531"), likely("TFR536"), possible("TFR546")], ANSWER),
    row(&[&OLD_LOCATION], "failed to return a download URL", &[likely("TFR506"), likely("TFR501"), possible("TFR505"), possible("TFR502"), possible("TFR504")], ANSWER),
    // A crash without a word about what was read.
    row(&[&CRASH], "registry/response", &[likely("TFR405")], LIST),
    row(&[&CRASH], "registry.(*Client)", &[likely("TFR405")], LIST),
    row(&[&CRASH], "goroutine ", &[], ""),
    row(&[&CRASH], "panic: runtime error: invalid memory address or nil pointer dereference", &[possible("TFR405"), possible("TFR980")], LIST),
];

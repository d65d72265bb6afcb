//! Rows of messages about packages from version control and from object stores.

use super::Row;
use super::certain;
use super::frames::ADDRESS;
use super::frames::DOWNLOAD;
use super::likely;
use super::possible;
use super::row;

const GIT: &str =
    "`tfreg-doctor check .` runs the client's git commands and shows their output whole";
const STORE: &str =
    "`tfreg-doctor check .` shows which credential signed the request and what the store answered";

/// The rows.
#[rustfmt::skip] // One row a line: it is read as a table.
pub(super) static ROWS: &[Row] = &[
    row(&[&DOWNLOAD], "git must be available and on the PATH", &[certain("TFR636")], GIT),
    row(&[&DOWNLOAD], "hg must be available and on the PATH", &[certain("TFR636")], GIT),
    row(&[&DOWNLOAD], "Permission denied (publickey", &[certain("TFR633")], GIT),
    row(&[&DOWNLOAD], "Public key authentication failed", &[certain("TFR633")], GIT),
    row(&[&DOWNLOAD], "Host key verification failed", &[likely("TFR642"), possible("TFR633")], GIT),
    row(&[&DOWNLOAD], "could not read Username for", &[certain("TFR631"), possible("TFR638")], GIT),
    row(&[&DOWNLOAD], "could not read Password for", &[certain("TFR631"), possible("TFR638")], GIT),
    row(&[&DOWNLOAD], "Authentication failed for", &[certain("TFR631")], GIT),
    row(&[&DOWNLOAD], "terminal prompts disabled", &[certain("TFR631")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›returned error: 401", &[certain("TFR631")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›returned error: 403", &[likely("TFR631"), likely("TFR642")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›transport 'file' not allowed", &[certain("TFR637")], GIT),
    row(&[&DOWNLOAD], "url found for submodule path", &[certain("TFR637")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›submodule", &[likely("TFR637"), possible("TFR642")], GIT),
    row(&[&DOWNLOAD], "setting 'depth' requires 'ref' to be a branch or tag name", &[certain("TFR635")], GIT),
    row(&[&DOWNLOAD], "depth=‹q›\"‹›git exited with ‹›could not find remote branch", &[certain("TFR635"), possible("TFR634")], GIT),
    row(&[&DOWNLOAD], "depth=‹q›\"‹›git exited with ‹›remote branch", &[certain("TFR635"), possible("TFR634")], GIT),
    row(&[&DOWNLOAD], "depth=‹q›\"‹›git exited with ‹›did not match any file(s) known to git", &[likely("TFR635"), likely("TFR634")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›reference is not a tree", &[likely("TFR635"), likely("TFR634")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›unable to read tree", &[likely("TFR635"), likely("TFR634")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›could not find remote branch", &[certain("TFR634")], GIT),
    row(&[&DOWNLOAD], "ref=‹q›//‹q›\"‹›did not match any file(s) known to git", &[likely("TFR534"), likely("TFR634")], GIT),
    row(&[&DOWNLOAD], "did not match any file(s) known to git", &[certain("TFR634"), possible("TFR635")], GIT),
    row(&[&DOWNLOAD], ": invalid ref: ", &[certain("TFR634"), possible("TFR643")], GIT),
    row(&[&DOWNLOAD], "source code from ‹q›\"‹q›ssh://‹q›\"‹›does not appear to be a git repository", &[certain("TFR537"), possible("TFR029")], GIT),
    row(&[&DOWNLOAD], "does not appear to be a git repository", &[likely("TFR029"), likely("TFR638"), possible("TFR641")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›repository ‹›not found", &[certain("TFR638"), possible("TFR631")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›does not exist", &[certain("TFR638"), possible("TFR637")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›could not resolve host", &[likely("TFR642"), likely("TFR201")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›could not connect to", &[likely("TFR642"), likely("TFR209")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›failed to connect to", &[likely("TFR642"), likely("TFR209")], GIT),
    row(&[&DOWNLOAD], "git exited with ‹›certificate", &[likely("TFR203"), likely("TFR642")], GIT),
    row(&[&DOWNLOAD], "git::‹›git exited with ‹›unable to access", &[likely("TFR642"), possible("TFR640")], GIT),
    row(&[&DOWNLOAD], "git exited with", &[likely("TFR642"), possible("TFR640")], GIT),
    row(&[&DOWNLOAD], "hg exited with", &[likely("TFR642")], GIT),
    row(&[&DOWNLOAD], "invalid port number ‹›scp-like", &[certain("TFR537")], GIT),
    row(&[&DOWNLOAD, &ADDRESS], "GitHub URLs should be github.com/username/repo", &[certain("TFR027")], GIT),
    row(&[&DOWNLOAD, &ADDRESS], "GitLab URLs should be gitlab.com/username/repo", &[certain("TFR027")], GIT),
    row(&[&DOWNLOAD, &ADDRESS], "BitBucket URLs should be bitbucket.org/username/repo", &[certain("TFR027")], GIT),
    row(&[&DOWNLOAD, &ADDRESS], "error looking up BitBucket URL‹›no such host", &[likely("TFR201"), possible("TFR638")], GIT),
    row(&[&DOWNLOAD, &ADDRESS], "error looking up BitBucket URL", &[likely("TFR638"), likely("TFR201")], GIT),
    // Object stores.
    row(&[&DOWNLOAD], "NoCredentialProviders", &[certain("TFR660")], STORE),
    row(&[&DOWNLOAD], "failed to refresh cached credentials", &[certain("TFR660")], STORE),
    row(&[&DOWNLOAD], "no EC2 IMDS role found", &[certain("TFR660")], STORE),
    row(&[&DOWNLOAD], "URL is not a valid S3", &[certain("TFR661")], STORE),
    row(&[&DOWNLOAD], "URL is not a valid GCS URL", &[certain("TFR670")], STORE),
    row(&[&DOWNLOAD], "could not find default credentials", &[certain("TFR670")], STORE),
    row(&[&DOWNLOAD], "SignatureDoesNotMatch", &[certain("TFR663")], STORE),
    row(&[&DOWNLOAD], "InvalidAccessKeyId", &[certain("TFR663")], STORE),
    row(&[&DOWNLOAD], "ExpiredToken", &[certain("TFR663")], STORE),
    row(&[&DOWNLOAD], "InvalidToken", &[certain("TFR663")], STORE),
    row(&[&DOWNLOAD], "operation error S3‹›x509: ", &[likely("TFR204"), likely("TFR203")], STORE),
    row(&[&DOWNLOAD], "operation error S3‹›no such host", &[likely("TFR201"), possible("TFR209")], STORE),
    row(&[&DOWNLOAD], "operation error S3‹›StatusCode: 0", &[likely("TFR980"), likely("TFR662"), possible("TFR664")], STORE),
    row(&[&DOWNLOAD], "PermanentRedirect", &[certain("TFR662")], STORE),
    row(&[&DOWNLOAD], "AuthorizationHeaderMalformed", &[certain("TFR662")], STORE),
    row(&[&DOWNLOAD], "BucketRegionError", &[certain("TFR662")], STORE),
    row(&[&DOWNLOAD], "MissingRegion", &[certain("TFR662")], STORE),
    row(&[&DOWNLOAD], "AccessDenied", &[likely("TFR662"), likely("TFR661")], STORE),
    row(&[&DOWNLOAD], "NoSuchBucket", &[likely("TFR662"), likely("TFR664"), possible("TFR661")], STORE),
    row(&[&DOWNLOAD], "NoSuchKey", &[certain("TFR662"), possible("TFR661")], STORE),
    row(&[&DOWNLOAD], "NotFound: Not Found", &[likely("TFR662"), likely("TFR661")], STORE),
    row(&[&DOWNLOAD], "operation error S3", &[likely("TFR662"), likely("TFR661")], STORE),
];

//! The list of versions and the choice among them.

pub mod tfr401_module_not_found;
pub mod tfr404_versions_not_json;
pub mod tfr405_versions_shape;
pub mod tfr406_versions_empty;
pub mod tfr407_version_unparsable;
pub mod tfr408_version_respelled;
pub mod tfr410_versions_throttled;
pub mod tfr411_equal_precedence;
pub mod tfr412_versions_paged;
pub mod tfr413_versions_unexpected_status;
pub mod tfr450_no_matching_version;
pub mod tfr451_prerelease_only;
pub mod tfr452_invalid_constraint;
pub mod tfr453_unpinned;
pub mod tfr454_unbounded_pessimistic;
pub mod tfr455_client_excluded;

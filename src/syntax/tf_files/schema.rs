//! Which blocks and arguments the client knows where, and since when. Never says what their values mean.

use super::{ConfigRules, Dialect};

/// The first releases of both clients that know something; what is older than the oldest client counts as always known.
#[derive(Clone, Copy)]
pub(super) struct Since {
    terraform: Release,
    tofu: Release,
}

type Release = Option<(u16, u16)>;

const ALWAYS: Since = Since {
    terraform: Some((0, 0)),
    tofu: Some((0, 0)),
};
const NEVER: Release = None;

impl Since {
    pub(super) fn holds(self, rules: &ConfigRules) -> bool {
        let first = match rules.dialect {
            Dialect::Terraform => self.terraform,
            Dialect::OpenTofu => self.tofu,
        };
        first.is_some_and(|first| rules.release >= first)
    }
}

/// An argument a body may hold.
pub(super) struct ArgumentSchema {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) since: Since,
}

/// A block a body may hold.
pub(super) struct BlockSchema {
    pub(super) kind: &'static str,
    pub(super) labels: &'static [&'static str],
    pub(super) since: Since,
}

/// What a body may hold; in an open one anything else is somebody else's.
pub(super) struct Schema {
    pub(super) arguments: &'static [ArgumentSchema],
    pub(super) blocks: &'static [BlockSchema],
    pub(super) open: bool,
}

impl Schema {
    pub(super) fn knows_argument(&self, name: &str, rules: &ConfigRules) -> bool {
        self.arguments
            .iter()
            .any(|argument| argument.name == name && argument.since.holds(rules))
    }

    pub(super) fn block(&self, kind: &str, rules: &ConfigRules) -> Option<&BlockSchema> {
        self.blocks
            .iter()
            .find(|block| block.kind == kind && block.since.holds(rules))
    }
}

const fn argument(name: &'static str) -> ArgumentSchema {
    ArgumentSchema {
        name,
        required: false,
        since: ALWAYS,
    }
}

const fn required(name: &'static str) -> ArgumentSchema {
    ArgumentSchema {
        name,
        required: true,
        since: ALWAYS,
    }
}

const fn newer(name: &'static str, terraform: Release, tofu: Release) -> ArgumentSchema {
    ArgumentSchema {
        name,
        required: false,
        since: Since { terraform, tofu },
    }
}

const fn block(kind: &'static str, labels: &'static [&'static str]) -> BlockSchema {
    BlockSchema {
        kind,
        labels,
        since: ALWAYS,
    }
}

const fn newer_block(
    kind: &'static str,
    labels: &'static [&'static str],
    since: (Release, Release),
) -> BlockSchema {
    BlockSchema {
        kind,
        labels,
        since: Since {
            terraform: since.0,
            tofu: since.1,
        },
    }
}

const TYPE_AND_NAME: &[&str] = &["type", "name"];

pub(super) const FILE: Schema = Schema {
    arguments: &[],
    blocks: &[
        block("terraform", &[]),
        block("required_providers", &[]),
        block("provider", &["name"]),
        block("variable", &["name"]),
        block("locals", &[]),
        block("output", &["name"]),
        block("module", &["name"]),
        block("resource", TYPE_AND_NAME),
        block("data", TYPE_AND_NAME),
        newer_block("moved", &[], (Some((1, 1)), Some((0, 0)))),
        newer_block("import", &[], (Some((1, 5)), Some((0, 0)))),
        newer_block("check", &["name"], (Some((1, 5)), Some((0, 0)))),
        newer_block("removed", &[], (Some((1, 7)), Some((1, 7)))),
        newer_block("ephemeral", TYPE_AND_NAME, (Some((1, 10)), Some((1, 11)))),
        newer_block("action", TYPE_AND_NAME, (Some((1, 14)), NEVER)),
        newer_block("language", &[], (NEVER, Some((1, 12)))),
    ],
    open: false,
};

/// What early clients look at before they install; everything else is passed over.
pub(super) mod inspected {
    use super::{Schema, TYPE_AND_NAME, argument, block};

    pub(in super::super) const FILE: Schema = Schema {
        arguments: &[],
        blocks: &[
            block("terraform", &[]),
            block("variable", &["name"]),
            block("output", &["name"]),
            block("provider", &["name"]),
            block("resource", TYPE_AND_NAME),
            block("data", TYPE_AND_NAME),
            block("module", &["name"]),
        ],
        open: true,
    };
    pub(in super::super) const TERRAFORM: Schema = Schema {
        arguments: &[argument("required_version")],
        blocks: &[block("required_providers", &[])],
        open: true,
    };
    pub(in super::super) const VARIABLE: Schema = Schema {
        arguments: &[argument("description"), argument("default")],
        blocks: &[],
        open: true,
    };
    pub(in super::super) const OUTPUT: Schema = Schema {
        arguments: &[argument("description")],
        blocks: &[],
        open: true,
    };
    pub(in super::super) const PROVIDER: Schema = Schema {
        arguments: &[argument("alias"), argument("version")],
        blocks: &[],
        open: true,
    };
    pub(in super::super) const MODULE: Schema = Schema {
        arguments: &[
            argument("source"),
            argument("version"),
            argument("count"),
            argument("for_each"),
        ],
        blocks: &[],
        open: true,
    };
}

pub(super) const TERRAFORM: Schema = Schema {
    arguments: &[
        argument("required_version"),
        argument("experiments"),
        argument("language"),
    ],
    blocks: &[
        block("backend", &["type"]),
        newer_block("cloud", &[], (Some((1, 1)), Some((0, 0)))),
        block("required_providers", &[]),
        block("provider_meta", &["provider"]),
        newer_block("encryption", &[], (NEVER, Some((1, 7)))),
    ],
    open: false,
};

pub(super) const MODULE: Schema = Schema {
    arguments: &[
        required("source"),
        argument("version"),
        argument("count"),
        argument("for_each"),
        argument("depends_on"),
        argument("providers"),
        newer("ignore_nested_deprecations", Some((1, 15)), NEVER),
    ],
    blocks: &[
        block("_", &[]),
        newer_block("lifecycle", &[], (Some((0, 0)), Some((0, 0)))),
        block("locals", &[]),
        block("provider", &["type"]),
    ],
    open: true,
};

pub(super) const VARIABLE: Schema = Schema {
    arguments: &[
        argument("description"),
        argument("default"),
        argument("type"),
        newer("sensitive", Some((0, 14)), Some((0, 0))),
        newer("nullable", Some((1, 1)), Some((0, 0))),
        newer("ephemeral", Some((1, 10)), Some((1, 11))),
        newer("deprecated", Some((1, 15)), Some((1, 10))),
        newer("const", Some((1, 15)), Some((1, 12))),
    ],
    blocks: &[block("validation", &[])],
    open: false,
};

pub(super) const OUTPUT: Schema = Schema {
    arguments: &[
        argument("description"),
        required("value"),
        argument("depends_on"),
        argument("sensitive"),
        newer("ephemeral", Some((1, 10)), Some((1, 11))),
        newer("deprecated", Some((1, 15)), Some((1, 10))),
        newer("type", Some((1, 15)), Some((1, 12))),
    ],
    blocks: &[
        newer_block("precondition", &[], (Some((1, 2)), Some((0, 0)))),
        newer_block("postcondition", &[], (Some((1, 2)), Some((0, 0)))),
    ],
    open: false,
};

pub(super) const PROVIDER: Schema = Schema {
    arguments: &[
        argument("alias"),
        argument("version"),
        argument("count"),
        argument("depends_on"),
        argument("for_each"),
        argument("source"),
    ],
    blocks: &[
        block("_", &[]),
        block("lifecycle", &[]),
        block("locals", &[]),
    ],
    open: true,
};

const REPEATED: &[ArgumentSchema] = &[
    argument("count"),
    argument("for_each"),
    argument("provider"),
    argument("depends_on"),
];

pub(super) const RESOURCE: Schema = Schema {
    arguments: REPEATED,
    blocks: &[
        block("locals", &[]),
        block("lifecycle", &[]),
        block("connection", &[]),
        block("provisioner", &["type"]),
        block("_", &[]),
    ],
    open: true,
};

pub(super) const DATA: Schema = Schema {
    arguments: REPEATED,
    blocks: &[
        block("lifecycle", &[]),
        block("locals", &[]),
        block("_", &[]),
    ],
    open: true,
};

pub(super) const LIFECYCLE: Schema = Schema {
    arguments: &[
        argument("create_before_destroy"),
        argument("prevent_destroy"),
        argument("ignore_changes"),
        newer("replace_triggered_by", Some((1, 2)), Some((0, 0))),
        newer("destroy", Some((1, 16)), Some((1, 12))),
        newer("enabled", NEVER, Some((1, 11))),
    ],
    blocks: &[
        newer_block("precondition", &[], (Some((1, 2)), Some((0, 0)))),
        newer_block("postcondition", &[], (Some((1, 2)), Some((0, 0)))),
        newer_block("action_trigger", &[], (Some((1, 14)), NEVER)),
    ],
    open: false,
};

pub(super) const PROVISIONER: Schema = Schema {
    arguments: &[argument("when"), argument("on_failure")],
    blocks: &[
        block("_", &[]),
        block("connection", &[]),
        block("lifecycle", &[]),
    ],
    open: true,
};

pub(super) const CONDITION: Schema = Schema {
    arguments: &[required("condition"), required("error_message")],
    blocks: &[],
    open: false,
};

pub(super) const MOVED: Schema = Schema {
    arguments: &[required("from"), required("to")],
    blocks: &[],
    open: false,
};

pub(super) const REMOVED: Schema = Schema {
    arguments: &[required("from")],
    blocks: &[
        block("lifecycle", &[]),
        newer_block("connection", &[], (Some((1, 9)), Some((1, 8)))),
        newer_block("provisioner", &["type"], (Some((1, 9)), Some((1, 8)))),
    ],
    open: false,
};

pub(super) const REMOVED_LIFECYCLE: Schema = Schema {
    arguments: &[argument("destroy")],
    blocks: &[],
    open: false,
};

pub(super) const IMPORT: Schema = Schema {
    arguments: &[
        argument("provider"),
        newer("for_each", Some((1, 7)), Some((1, 7))),
        newer("identity", Some((1, 12)), Some((1, 12))),
        argument("id"),
        required("to"),
    ],
    blocks: &[],
    open: false,
};

pub(super) const CHECK: Schema = Schema {
    arguments: &[],
    blocks: &[block("data", TYPE_AND_NAME), block("assert", &[])],
    open: false,
};

pub(super) const TEST_FILE: Schema = Schema {
    arguments: &[],
    blocks: &[
        block("run", &["name"]),
        block("provider", &["name"]),
        block("mock_provider", &["name"]),
        block("variables", &[]),
        block("override_resource", &[]),
        block("override_data", &[]),
        block("override_module", &[]),
        newer_block("test", &[], (Some((1, 12)), NEVER)),
        newer_block("variable", &["name"], (Some((1, 13)), NEVER)),
    ],
    open: false,
};

pub(super) const RUN: Schema = Schema {
    arguments: &[
        argument("command"),
        argument("providers"),
        argument("expect_failures"),
        newer("state_key", Some((1, 11)), NEVER),
        newer("parallel", Some((1, 12)), NEVER),
        newer("skip_cleanup", Some((1, 13)), NEVER),
    ],
    blocks: &[
        block("plan_options", &[]),
        block("assert", &[]),
        block("variables", &[]),
        block("module", &[]),
        block("override_resource", &[]),
        block("override_data", &[]),
        block("override_module", &[]),
        newer_block("backend", &["name"], (Some((1, 12)), NEVER)),
    ],
    open: false,
};

pub(super) const RUN_MODULE: Schema = Schema {
    arguments: &[argument("source"), argument("version")],
    blocks: &[],
    open: false,
};

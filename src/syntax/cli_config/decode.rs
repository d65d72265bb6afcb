//! Walks over the fields of a file in the client's order.
//!
//! It never goes on behind the first type error, and never decodes `provider_installation`.

use super::CredentialsBlock;
use super::Decoded;
use super::Dialect;
use super::HelperBlock;
use super::HostBlock;
use super::OPENTOFU_WORDS;
use super::RegistryProtocols;
use super::Service;
use super::ServiceValue;
use super::TOP_LEVEL_WORDS;
use super::TokenValue;
use super::TypeErrorKind;
use super::UnknownKey;
use super::UnknownPlace;
use super::ValueKind;
use super::argument::Argument;
use super::argument::Inside;
use super::argument::argument;
use super::argument::boolean;
use super::argument::elements;
use super::argument::integer;
use super::argument::string;
use super::ordered::Ordered;
use super::views::Entry;
use super::views::Halt;
use super::views::Shape;
use super::views::View;
use super::views::Walk;
use super::views::plain;
use super::views::same_name;
use super::views::views;
use crate::syntax::hcl1::Document;
use crate::syntax::hcl1::Key;
use crate::syntax::hcl1::Node;
use crate::syntax::hcl1::Position;

/// Decodes a file.
pub(super) fn decode(document: &Document, dialect: Dialect) -> Decoded {
    let mut walk = Walk::new(document.form);
    let mut found = Found::default();
    let root = views(&document.items);
    let outcome = fields(&mut walk, &mut found, &root).and_then(|()| match dialect {
        Dialect::Terraform => Ok(None),
        Dialect::OpenTofu => registry_protocols(document, &root),
    });
    let mut decoded = match outcome {
        Ok(registry_protocols) => Decoded {
            registry_protocols,
            ..found.into_decoded()
        },
        // The client decodes into a copy and takes it over only without an error.
        Err(Halt::Type(error)) => Decoded {
            type_error: Some(*error),
            ..Decoded::default()
        },
        Err(Halt::Crash(crash)) => Decoded {
            crash: Some(crash),
            ..Decoded::default()
        },
        Err(Halt::Limit) => Decoded {
            over_limit: true,
            ..Decoded::default()
        },
    };
    decoded
        .unknown_keys
        .extend(root.iter().filter_map(|view| unknown_word(view, dialect)));
    decoded.unknown_keys.sort_by_key(|unknown| unknown.position);
    decoded
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    hosts: Ordered<HostBlock>,
    replaced_hosts: Vec<HostBlock>,
    credentials: Ordered<Credentials>,
    helpers: Ordered<HelperBlock>,
    unknown_keys: Vec<UnknownKey>,
}

/// What one label of `credentials` has gathered so far.
#[derive(Default)]
struct Credentials {
    positions: Vec<Position>,
    arguments: Ordered<Argued>,
    replaced_token: Option<Position>,
}

/// One argument and its places: the value's and the key's.
#[derive(Clone)]
struct Argued {
    argument: Argument,
    position: Position,
    key: Position,
}

fn fields(walk: &mut Walk, found: &mut Found, root: &[View<'_>]) -> Result<(), Halt> {
    for name in ["Providers", "Provisioners"] {
        field(walk, root, name, |walk, shape| texts(walk, shape))?;
    }
    for name in ["disable_checkpoint", "disable_checkpoint_signature"] {
        field(walk, root, name, |walk, shape| boolean(walk, shape))?;
    }
    field(walk, root, "plugin_cache_dir", |walk, shape| {
        string(walk, shape).map(drop)
    })?;
    let name = "plugin_cache_may_break_dependency_lock_file";
    field(walk, root, name, |walk, shape| boolean(walk, shape))?;
    field(walk, root, "host", |walk, shape| hosts(walk, found, shape))?;
    field(walk, root, "credentials", |walk, shape| {
        credentials(walk, found, shape)
    })?;
    field(walk, root, "credentials_helper", |walk, shape| {
        helpers(walk, found, shape)
    })
}

/// Gives `each` first all labelled blocks of a name together, then the label-less ones one by one.
fn field<'a>(
    walk: &mut Walk,
    views: &[View<'a>],
    name: &str,
    mut each: impl FnMut(&mut Walk, &Shape<'a>) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let field = walk.field(views, name)?;
    if !field.labelled.is_empty() {
        let shape = Shape::Views(field.labelled);
        walk.at(format!(".{name}"), |walk| each(walk, &shape))?;
    }
    for node in field.plain {
        walk.at(format!(".{name}"), |walk| each(walk, &plain(node)))
            .map_err(|halt| placed(halt, node))?;
    }
    Ok(())
}

fn texts(walk: &mut Walk, shape: &Shape<'_>) -> Result<(), Halt> {
    let views = map(walk, shape)?;
    walk.entries(&views, |walk, entry| string(walk, &entry.shape).map(drop))
}

fn hosts(walk: &mut Walk, found: &mut Found, shape: &Shape<'_>) -> Result<(), Halt> {
    let views = map(walk, shape)?;
    walk.entries(&views, |walk, entry| {
        let host = host(walk, &mut found.unknown_keys, &entry)?;
        found
            .replaced_hosts
            .extend(found.hosts.insert(&entry.key.text, host));
        Ok(())
    })
}

fn host(
    walk: &mut Walk,
    unknown: &mut Vec<UnknownKey>,
    entry: &Entry<'_>,
) -> Result<HostBlock, Halt> {
    let views = block(walk, &entry.shape)?;
    let label = entry.key.text.to_string();
    unknown.extend(unknown_arguments(
        &views,
        "services",
        &UnknownPlace::Host(label.clone()),
    ));
    let mut services: Option<Ordered<Argued>> = None;
    field(walk, &views, "services", |walk, shape| {
        arguments(walk, services.get_or_insert_default(), shape, |_, _, _| {})
    })?;
    let services = services.map(|services| services.into_entries().map(service).collect());
    Ok(HostBlock {
        label,
        services,
        position: entry.key.position,
    })
}

fn credentials(walk: &mut Walk, found: &mut Found, shape: &Shape<'_>) -> Result<(), Halt> {
    let views = map(walk, shape)?;
    walk.entries(&views, |walk, entry| {
        one_credentials(
            walk,
            found.credentials.entry_or_default(&entry.key.text),
            &entry,
        )
    })
}

fn one_credentials(
    walk: &mut Walk,
    known: &mut Credentials,
    entry: &Entry<'_>,
) -> Result<(), Halt> {
    known.positions.push(entry.key.position);
    let replaced = &mut known.replaced_token;
    arguments(walk, &mut known.arguments, &entry.shape, |key, old, new| {
        if let ("token", Argument::Text(before), Argument::Text(after)) = (key, &old.argument, new)
            && before != after
        {
            *replaced = Some(old.position);
        }
    })
}

fn helpers(walk: &mut Walk, found: &mut Found, shape: &Shape<'_>) -> Result<(), Halt> {
    let views = map(walk, shape)?;
    walk.entries(&views, |walk, entry| {
        let helper = helper(walk, &mut found.unknown_keys, &entry)?;
        found.helpers.insert(&entry.key.text, helper);
        Ok(())
    })
}

fn helper(
    walk: &mut Walk,
    unknown: &mut Vec<UnknownKey>,
    entry: &Entry<'_>,
) -> Result<HelperBlock, Halt> {
    let views = block(walk, &entry.shape)?;
    let label = entry.key.text.to_string();
    unknown.extend(unknown_arguments(
        &views,
        "args",
        &UnknownPlace::Helper(label.clone()),
    ));
    let mut args = Vec::new();
    field(walk, &views, "args", |walk, shape| {
        for (index, element) in elements(walk, shape)?.iter().enumerate() {
            args.push(walk.at(format!("[{index}]"), |walk| string(walk, element))?);
        }
        Ok(())
    })?;
    Ok(HelperBlock {
        label,
        args,
        position: entry.key.position,
    })
}

/// Reads a map of values of any type into `known`; `replacing` sees each value that is about to be replaced.
fn arguments(
    walk: &mut Walk,
    known: &mut Ordered<Argued>,
    shape: &Shape<'_>,
    mut replacing: impl FnMut(&str, &Argued, &Argument),
) -> Result<(), Halt> {
    let views = map(walk, shape)?;
    walk.entries(&views, |walk, entry| {
        let key = &entry.key.text;
        let old = known.entry(key);
        let argument = argument(
            walk,
            old.as_ref().map(|old| &old.argument),
            &entry.shape,
            Inside::Map,
        )?;
        if let Some(old) = old {
            replacing(key, old, &argument);
        }
        let position = entry.shape.position().unwrap_or(entry.key.position);
        known.insert(
            key,
            Argued {
                argument,
                position,
                key: entry.key.position,
            },
        );
        Ok(())
    })
}

fn map<'a>(walk: &Walk, shape: &Shape<'a>) -> Result<Vec<View<'a>>, Halt> {
    shape
        .views()
        .ok_or_else(|| walk.mismatch(shape, TypeErrorKind::NotAMap))
}

fn block<'a>(walk: &Walk, shape: &Shape<'a>) -> Result<Vec<View<'a>>, Halt> {
    shape
        .views()
        .ok_or_else(|| walk.mismatch(shape, TypeErrorKind::NotABlock))
}

/// `OpenTofu` reads this block by itself, after all else: its name counts exactly, and an error in it spoils no more
/// than the block.
fn registry_protocols(
    document: &Document,
    root: &[View<'_>],
) -> Result<Option<RegistryProtocols>, Halt> {
    let mut read: Option<RegistryProtocols> = None;
    for view in root {
        let Some(key) = view
            .keys
            .first()
            .filter(|key| &*key.text == "registry_protocols")
        else {
            continue;
        };
        match &mut read {
            Some(first) => {
                first.duplicate.get_or_insert(key.position);
            }
            None => read = Some(registry_protocols_block(document, key.position, view.node)?),
        }
    }
    Ok(read)
}

fn registry_protocols_block(
    document: &Document,
    position: Position,
    node: &Node,
) -> Result<RegistryProtocols, Halt> {
    let mut walk = Walk::new(document.form);
    let shape = Shape::Node(node);
    let outcome = block(&walk, &shape).and_then(|views| protocol_settings(&mut walk, &views));
    let ((retry_count, request_timeout_seconds), problem) = match outcome {
        Ok(settings) => (settings, None),
        Err(Halt::Type(error)) => ((None, None), Some(*error)),
        Err(halt) => return Err(halt),
    };
    Ok(RegistryProtocols {
        retry_count,
        request_timeout_seconds,
        position,
        problem,
        duplicate: None,
    })
}

fn protocol_settings(
    walk: &mut Walk,
    views: &[View<'_>],
) -> Result<(Option<i64>, Option<i64>), Halt> {
    let mut settings = (None, None);
    field(walk, views, "retry_count", |walk, shape| {
        settings.0 = Some(integer(walk, shape)?);
        Ok(())
    })?;
    field(walk, views, "request_timeout_seconds", |walk, shape| {
        settings.1 = Some(integer(walk, shape)?);
        Ok(())
    })?;
    Ok(settings)
}

/// A top-level word the client does not know. Blocks that it reads by themselves must be spelt exactly.
fn unknown_word(view: &View<'_>, dialect: Dialect) -> Option<UnknownKey> {
    let key = view.keys.first()?;
    let name = &*key.text;
    let known = TOP_LEVEL_WORDS.iter().any(|word| match *word {
        "provider_installation" => name == *word,
        _ => same_name(name, word),
    });
    let extra = dialect == Dialect::OpenTofu && OPENTOFU_WORDS.contains(&name);
    (!known && !extra).then(|| unknown(key, UnknownPlace::TopLevel))
}

fn unknown_arguments(views: &[View<'_>], known: &str, place: &UnknownPlace) -> Vec<UnknownKey> {
    let keys = views.iter().filter_map(|view| view.keys.first());
    keys.filter(|key| !same_name(&key.text, known))
        .map(|key| unknown(key, place.clone()))
        .collect()
}

fn unknown(key: &Key, place: UnknownPlace) -> UnknownKey {
    UnknownKey {
        name: key.text.to_string(),
        place,
        position: key.position,
    }
}

fn placed(halt: Halt, node: &Node) -> Halt {
    match halt {
        Halt::Crash(mut crash) => {
            crash.position.get_or_insert(node.position);
            Halt::Crash(crash)
        }
        Halt::Type(_) | Halt::Limit => halt,
    }
}

fn service((key, found): (String, Argued)) -> Service {
    let value = match found.argument {
        Argument::Text(text) => ServiceValue::Str(text),
        Argument::Null => ServiceValue::Null,
        Argument::Integer | Argument::Float => ServiceValue::Other(ValueKind::Number),
        Argument::Bool => ServiceValue::Other(ValueKind::Bool),
        Argument::List(_) => ServiceValue::Other(ValueKind::List),
        Argument::Blocks | Argument::Map(_) => ServiceValue::Other(ValueKind::Map),
    };
    Service {
        key,
        value,
        position: found.position,
    }
}

impl Found {
    fn into_decoded(self) -> Decoded {
        let credentials = self
            .credentials
            .into_entries()
            .map(|(label, found)| found.into_block(label));
        Decoded {
            hosts: self.hosts.into_entries().map(|(_, host)| host).collect(),
            replaced_hosts: self.replaced_hosts,
            credentials: credentials.collect(),
            helpers: self
                .helpers
                .into_entries()
                .map(|(_, helper)| helper)
                .collect(),
            unknown_keys: self.unknown_keys,
            ..Decoded::default()
        }
    }
}

impl Credentials {
    fn into_block(self, label: String) -> CredentialsBlock {
        let mut block = CredentialsBlock {
            label,
            token: TokenValue::Absent,
            token_position: None,
            replaced_token: self.replaced_token,
            other_keys: Vec::new(),
            positions: self.positions,
            nested_block: None,
        };
        for (name, found) in self.arguments.into_entries() {
            if found.argument.has_blocks() {
                block.nested_block.get_or_insert(found.position);
            }
            if name != "token" {
                block.other_keys.push((name, found.key));
                continue;
            }
            block.token_position = Some(found.position);
            block.token = match found.argument {
                Argument::Text(text) => TokenValue::Str(text),
                Argument::Null => TokenValue::Null,
                Argument::Integer | Argument::Float => TokenValue::NotAString(ValueKind::Number),
                Argument::Bool => TokenValue::NotAString(ValueKind::Bool),
                Argument::List(_) => TokenValue::NotAString(ValueKind::List),
                Argument::Blocks | Argument::Map(_) => TokenValue::NotAString(ValueKind::Map),
            };
        }
        block
    }
}

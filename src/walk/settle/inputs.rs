//! Whether a call gives its module what the module takes, for clients that look at that while they install.

use crate::client::Behaviour;
use crate::stages::Cx;
use crate::trace::Fact;
use crate::trace::call::Place;
use crate::trace::fact::ConfigProblem;
use crate::trace::fact::ConfigProblemKind;
use crate::trace::tracer::OpenStep;
use crate::walk::Pending;

/// Notes arguments that the module does not know and variables that have no value; gives back how many there are.
pub(super) fn note(
    cx: &Cx,
    step: &mut OpenStep,
    pending: &Pending,
    variables: &[(String, bool)],
) -> usize {
    let Some(given) = pending
        .inputs
        .as_ref()
        .filter(|_| cx.client.does(Behaviour::ChecksInputs))
    else {
        return 0;
    };
    let unknown = given
        .iter()
        .filter(|name| !variables.iter().any(|(known, _)| known == *name))
        .map(|name| {
            (
                "Unsupported argument",
                format!("An argument named \"{name}\" is not expected here."),
            )
        });
    let missing = variables
        .iter()
        .filter(|(name, needed)| *needed && !given.contains(name))
        .map(|(name, _)| {
            (
                "Missing required argument",
                format!("The argument \"{name}\" is required, but no definition was found."),
            )
        });
    let mut count = 0;
    for (summary, detail) in unknown.chain(missing) {
        count += 1;
        step.note(Fact::ConfigProblem(ConfigProblem {
            module: pending
                .key
                .rsplit_once('.')
                .map_or("", |(parent, _)| parent)
                .to_owned(),
            place: pending.place.clone().unwrap_or(Place {
                file: String::new(),
                line: 0,
                column: 0,
            }),
            kind: ConfigProblemKind::Other,
            summary: summary.to_owned(),
            detail,
        }));
    }
    count
}

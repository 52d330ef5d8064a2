//! The parts of a call, each as something that can be run over and over.
//!
//! They are named here once; one benchmark times them, one counts what they allocate, and one counts
//! the instructions of a few.

mod answer;
mod decision;
mod envelope;
mod policies;
mod queries;
mod query;
mod recorded;
pub(crate) mod table;

use std::hint::black_box;

/// Runs prepared work through the measure that it is given: first `count` inputs are made, then all of
/// them are worked on within one call of the measure.
type Batch = Box<dyn FnMut(usize, &mut dyn FnMut(&mut dyn FnMut()))>;

/// One part of a call.
pub(crate) struct Part {
    /// What it does.
    pub(crate) name: &'static str,
    /// On how much.
    pub(crate) size: String,
    batch: Batch,
}

impl Part {
    /// A part that works on an input which is made outside of the measure. What comes out is dropped
    /// within it.
    fn with<I: 'static, O>(
        name: &'static str,
        size: impl Into<String>,
        mut prepare: impl FnMut() -> I + 'static,
        mut run: impl FnMut(I) -> O + 'static,
    ) -> Self {
        let batch: Batch = Box::new(move |count, measure| {
            let mut inputs: Vec<I> = (0..count).map(|_| prepare()).collect();
            measure(&mut || {
                for input in inputs.drain(..) {
                    drop(black_box(run(black_box(input))));
                }
            });
        });
        Self { name, size: size.into(), batch }
    }

    /// A part that needs nothing new.
    fn of<O>(
        name: &'static str,
        size: impl Into<String>,
        mut run: impl FnMut() -> O + 'static,
    ) -> Self {
        Self::with(name, size, || (), move |()| run())
    }

    /// Runs it `count` times within one call of `measure`.
    pub(crate) fn run(&mut self, count: usize, mut measure: impl FnMut(&mut dyn FnMut())) {
        (self.batch)(count, &mut measure);
    }

    /// Its name and size, for files and choices.
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.name, self.size)
    }
}

/// Every part, in the order in which a call goes through them, but for those whose title doesn't
/// contain one of `wanted` where there are any. Those aren't even set up.
pub(crate) fn all(wanted: &[String]) -> Vec<Part> {
    let groups = [
        envelope::parts,
        query::parts,
        decision::parts,
        recorded::parts,
        answer::parts,
        decision::refusals,
    ];
    let parts = groups.into_iter().flat_map(|group| group());
    let chosen = |part: &Part| {
        wanted.is_empty() || wanted.iter().any(|wanted| part.title().contains(wanted))
    };
    parts.filter(chosen).collect()
}

/// What follows the command's own name, without what cargo adds.
pub(crate) fn arguments() -> Vec<String> {
    std::env::args().skip(1).filter(|argument| argument != "--bench").collect()
}

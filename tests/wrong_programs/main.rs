//! Programs that go wrong: what each error says, which kind it is, and that it names the line at fault.
//!
//! A program is a closure. The line at fault is marked in it: `fault!` runs a statement that must panic, and the panic
//! must name its line; `refused` takes the typed error of the same request, whose text must be the panic's; `here!`
//! marks a line that the text itself must name. With `-- --nocapture` all texts are printed.

#[macro_use]
mod program;

mod axes;
mod cut;
mod indices;
mod infinities;
mod layers;
mod lines;
mod nans;
mod options;
mod places;
mod plans;
mod products;
mod shapes;
mod tapes;
mod transforms;

use program::Wrong;
use std::collections::HashSet;
use std::panic::{set_hook, take_hook};

#[test]
fn two_hundred_programs_that_go_wrong_name_the_line_and_say_what_to_do() {
    let kinds: [(&str, usize, Vec<Wrong>); 8] = [
        ("shapes", 40, [shapes::programs(), products::programs(), layers::programs()].concat_all()),
        ("axes", 25, axes::programs()),
        ("indices", 45, [indices::programs(), places::programs()].concat_all()),
        ("values that are not finite", 40, [nans::programs(), infinities::programs()].concat_all()),
        ("cut gradients", 15, cut::programs()),
        ("tapes", 15, tapes::programs()),
        ("plans and transforms", 20, [plans::programs(), transforms::programs()].concat_all()),
        ("options", 20, options::programs()),
    ];
    let old = take_hook();
    set_hook(Box::new(program::hook));
    let (mut failed, mut with_line) = (Vec::new(), 0);
    for (kind, _, programs) in &kinds {
        for wrong in programs {
            match program::run(wrong) {
                Ok((text, line)) => {
                    println!("{kind}: {}\n    {}", wrong.what, text.replace('\n', "\n    "));
                    with_line += usize::from(line);
                }
                Err(problem) => failed.push(format!("{kind}: {}: {problem}", wrong.what)),
            }
        }
    }
    set_hook(old);
    assert!(failed.is_empty(), "{} programs:\n{}", failed.len(), failed.join("\n"));
    let mut names = HashSet::new();
    for (kind, least, programs) in &kinds {
        println!("{:4} {kind}", programs.len());
        assert!(programs.len() >= *least, "{kind}: {} programs, expected {least}", programs.len());
        programs.iter().for_each(|wrong| assert!(names.insert(wrong.what), "twice: {}", wrong.what));
    }
    println!("{:4} in all, {with_line} of which name the line", names.len());
    assert!(
        with_line >= 200,
        "{with_line} programs that name the line; the others give an error to their caller"
    );
}

/// Several lists as one.
trait ConcatAll {
    fn concat_all(self) -> Vec<Wrong>;
}

impl<const N: usize> ConcatAll for [Vec<Wrong>; N] {
    fn concat_all(self) -> Vec<Wrong> {
        self.into_iter().flatten().collect()
    }
}

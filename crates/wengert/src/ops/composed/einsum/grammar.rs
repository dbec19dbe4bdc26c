//! Subscripts as users write them, read into labels of axes: `ij,jk->ik`, `...ii`, `a b , b -> a`.

use crate::{Error, MAX_RANK, Shape};

/// A label of an axis: the letters in the order of their codes, then axes under an ellipsis, from the last to the first.
pub(super) type Label = u8;

const LETTERS: u8 = 52;

/// How many labels there are; a set of them fits a word.
pub(super) const LABELS: usize = LETTERS as usize + MAX_RANK;

fn of_letter(letter: char) -> Label {
    if letter.is_ascii_uppercase() { letter as u8 - b'A' } else { letter as u8 - b'a' + LETTERS / 2 }
}

/// The labels of the axes that an ellipsis stands for.
fn under_ellipsis(axes: usize) -> impl Iterator<Item = Label> {
    (0..axes as u8).rev().map(|k| LETTERS + k)
}

/// The list of one operand, or of the output, with the places of its characters.
#[derive(Debug)]
struct List {
    letters: Vec<(char, usize)>,
    /// How many letters stand before the ellipsis, and its place.
    ellipsis: Option<(usize, usize)>,
    start: usize,
}

impl List {
    fn at(start: usize) -> Self {
        Self { letters: vec![], ellipsis: None, start }
    }

    /// The place after the last letter or ellipsis.
    fn end(&self) -> usize {
        let letter = self.letters.last().map(|&(_, at)| at + 1);
        let ellipsis = self.ellipsis.map(|(_, at)| at + 3);
        letter.max(ellipsis).unwrap_or(self.start)
    }

    /// A label per axis, with so many axes under the ellipsis.
    fn labels(&self, hidden: usize) -> Vec<Label> {
        let letters = |part: &[(char, usize)]| part.iter().map(|&(c, _)| of_letter(c)).collect::<Vec<_>>();
        let (before, after) = self.letters.split_at(self.ellipsis.map_or(0, |(before, _)| before));
        [letters(before), under_ellipsis(hidden).collect(), letters(after)].concat()
    }

    /// The place of the character that stands for an axis.
    fn place(&self, axis: usize, hidden: usize) -> usize {
        match self.ellipsis {
            Some((before, at)) if (before..before + hidden).contains(&axis) => at,
            Some((before, _)) if axis >= before => self.letters[axis - hidden].1,
            _ => self.letters[axis].1,
        }
    }
}

/// Subscripts, read but not yet held against operands.
#[derive(Debug)]
pub(super) struct Subscripts<'s> {
    text: &'s str,
    inputs: Vec<List>,
    output: Option<List>,
}

/// Subscripts that fit their operands: a label for every axis, and the size of every label.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) inputs: Vec<Vec<Label>>,
    pub(super) output: Vec<Label>,
    pub(super) sizes: [usize; LABELS],
}

impl<'s> Subscripts<'s> {
    fn wrong(&self, position: usize, problem: impl Into<String>) -> Error {
        Error::Einsum { subscripts: self.text.into(), position, problem: problem.into() }
    }

    /// Reads letters, ellipses, commas and one arrow; spaces mean nothing.
    pub(super) fn read(text: &'s str) -> Result<Self, Error> {
        let mut read = Self { text, inputs: vec![List::at(0)], output: None };
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, c)) = characters.next() {
            let mut next_is = |c| characters.next_if(|&(_, next)| next == c).is_some();
            let in_output = read.output.is_some();
            match c {
                ' ' => {}
                'a'..='z' | 'A'..='Z' => read.list().letters.push((c, at)),
                '.' if next_is('.') && next_is('.') => {
                    let list = read.list();
                    if list.ellipsis.replace((list.letters.len(), at)).is_some() {
                        return Err(read.wrong(at, "a second ellipsis in one list"));
                    }
                }
                '.' => return Err(read.wrong(at, "a dot outside an ellipsis, which is `...`")),
                ',' if in_output => return Err(read.wrong(at, "the output is one list, without a comma")),
                ',' => read.inputs.push(List::at(at + 1)),
                '-' if next_is('>') && !in_output => read.output = Some(List::at(at + 2)),
                '-' if in_output => return Err(read.wrong(at, "nothing but the output follows the arrow")),
                '-' | '>' => return Err(read.wrong(at, "half an arrow, which is `->`")),
                _ => {
                    return Err(
                        read.wrong(at, format!("{c:?} is no label; labels are the letters a-z and A-Z"))
                    );
                }
            }
        }
        Ok(read)
    }

    /// The list that is being read.
    fn list(&mut self) -> &mut List {
        let last = self.inputs.len() - 1; // there is one from the start on
        self.output.as_mut().unwrap_or(&mut self.inputs[last])
    }

    /// Holds the lists against the shapes of the operands.
    pub(super) fn fit(&self, shapes: &[Shape]) -> Result<Fitted, Error> {
        let (given, named) = (shapes.len(), self.inputs.len());
        if given != named {
            let spare = self.inputs.get(given).map(|list| list.start);
            let position = spare.unwrap_or_else(|| self.inputs[named - 1].end());
            return Err(self.wrong(position, format!("{named} operands are named, {given} were given")));
        }
        let (mut inputs, mut sizes, mut hidden_most) = (Vec::with_capacity(named), [1; LABELS], 0);
        for (k, (list, shape)) in self.inputs.iter().zip(shapes).enumerate() {
            let hidden = self.hidden(k, list, *shape)?;
            let labels = list.labels(hidden);
            self.unite(k, list, hidden, &labels, *shape, &mut sizes)?;
            hidden_most = hidden_most.max(hidden);
            inputs.push(labels);
        }
        let output = self.output(hidden_most)?;
        Ok(Fitted { inputs, output, sizes })
    }

    /// How many axes of operand `k` stand under its ellipsis.
    fn hidden(&self, k: usize, list: &List, shape: Shape) -> Result<usize, Error> {
        let (rank, letters) = (shape.rank(), list.letters.len());
        let problem =
            |fix| format!("operand {k} has {rank} axes, of sizes {shape:?}, and {letters} labels{fix}");
        match rank.checked_sub(letters) {
            None => Err(self.wrong(list.letters[rank].1, problem(""))),
            Some(spare) if spare > 0 && list.ellipsis.is_none() => {
                Err(self.wrong(list.end(), problem(": name all, or write `...` for the rest")))
            }
            Some(spare) => Ok(spare),
        }
    }

    /// Enters the sizes of operand `k`; a size of 1 goes with any other, but not in one operand.
    fn unite(
        &self,
        k: usize,
        list: &List,
        hidden: usize,
        labels: &[Label],
        shape: Shape,
        sizes: &mut [usize; LABELS],
    ) -> Result<(), Error> {
        let known = *sizes;
        for (axis, (&label, &size)) in labels.iter().zip(shape.dims()).enumerate() {
            let twin = labels[..axis].iter().position(|&l| l == label).map(|axis| shape.dims()[axis]);
            let other = match (twin, known[usize::from(label)]) {
                (Some(twin), _) if twin != size => Some(twin),
                (_, seen) if seen != 1 && size != 1 && seen != size => Some(seen),
                _ => None,
            };
            if let Some(other) = other {
                let problem =
                    format!("axis {axis} of operand {k} has size {size}, the same label had {other} before");
                return Err(self.wrong(list.place(axis, hidden), problem));
            }
            if size != 1 {
                sizes[usize::from(label)] = size;
            }
        }
        Ok(())
    }

    /// The labels of the output: as written, or the ellipsis and then every letter that stands once, in their order.
    fn output(&self, hidden: usize) -> Result<Vec<Label>, Error> {
        let mut count = [0; LABELS];
        let letters = self.inputs.iter().flat_map(|list| &list.letters);
        letters.for_each(|&(c, _)| count[usize::from(of_letter(c))] += 1);
        let Some(list) = &self.output else {
            let once = (0..LETTERS).filter(|&l| count[usize::from(l)] == 1);
            return Ok(under_ellipsis(hidden).chain(once).collect());
        };
        for (k, &(c, at)) in list.letters.iter().enumerate() {
            if count[usize::from(of_letter(c))] == 0 {
                return Err(self.wrong(at, format!("no operand has the label {c:?} of the output")));
            }
            if list.letters[..k].iter().any(|&(before, _)| before == c) {
                return Err(self.wrong(at, format!("the label {c:?} stands twice in the output")));
            }
        }
        if hidden > 0 && list.ellipsis.is_none() {
            let problem = "the operands have axes under `...`, which the output has to name too";
            return Err(self.wrong(list.start, problem));
        }
        Ok(list.labels(hidden))
    }
}

//! Subscripts with one thing wrong, and where.

/// Subscripts with a mark before the character that is at fault, and the shapes of the operands.
pub(crate) type Malformed = (&'static str, &'static [&'static [usize]]);

const SQUARE: &[&[usize]] = &[&[2, 2]];
const TWO: &[&[usize]] = &[&[2, 2], &[2, 2]];
const VECTOR: &[&[usize]] = &[&[2]];
const SCALAR: &[&[usize]] = &[&[]];

const NO_LABELS: &[Malformed] = &[
    ("^1j", SQUARE),
    ("i^2", SQUARE),
    ("^é", VECTOR),
    ("i^é->i", SQUARE),
    ("ij^;", SQUARE),
    ("^(ij)", SQUARE),
    ("ij^)", SQUARE),
    ("i^_j", SQUARE),
    ("i^*j", SQUARE),
    ("i^+j", SQUARE),
    ("i^\tj", SQUARE),
    ("i^\nj", SQUARE),
    ("ij->j^ß", SQUARE),
    ("^|ij", SQUARE),
    ("ij-> i^0", SQUARE),
    ("ij->^#", SQUARE),
    ("ij , j^ñ->i", TWO),
    ("i^'j", SQUARE),
    ("i^\"j", SQUARE),
    ("^[ij]", SQUARE),
    ("i^{j}", SQUARE),
    ("^@", SCALAR),
    ("ij^=>ij", SQUARE),
    ("ij->j^!", SQUARE),
    ("i^:j", SQUARE),
    ("i^/j", SQUARE),
    ("i^\\j", SQUARE),
    ("^$i", VECTOR),
    ("ij^→ji", SQUARE),
    ("^∑ij", SQUARE),
    ("i^日", SQUARE),
];

const DOTS: &[Malformed] = &[
    ("^.ij", SQUARE),
    ("^..ij", SQUARE),
    ("i^.j", SQUARE),
    ("ij^..", SQUARE),
    ("...^.ij", SQUARE),
    ("...i^...j", SQUARE),
    ("...^...", SQUARE),
    ("ij->^.", SQUARE),
    ("ij->^..", SQUARE),
    ("...ij->...^...", SQUARE),
    ("ij,^.jk", TWO),
    ("^. . .ij", SQUARE),
    ("i^. ..j", SQUARE),
    ("...^.", SQUARE),
    ("ij->i^..", SQUARE),
    ("ij->...i^.", SQUARE),
];

const ARROWS: &[Malformed] = &[
    ("ij^-", SQUARE),
    ("ij^>", SQUARE),
    ("ij^>ij", SQUARE),
    ("ij^- >ij", SQUARE),
    ("ij->ij^->ij", SQUARE),
    ("ij->^->", SQUARE),
    ("^-ij", SQUARE),
    ("^>ij", SQUARE),
    ("ij^-ij", SQUARE),
    ("ij^--ij", SQUARE),
    ("ij^-->ij", SQUARE),
    ("ij->ij^>", SQUARE),
    ("ij->ij^-", SQUARE),
    ("ij^<-ji", SQUARE),
    ("ij->i^,j", SQUARE),
    ("ij->^,", SQUARE),
    ("ij,jk->ik^,", TWO),
    ("ij,jk->i^,k", TWO),
];

const COUNTS: &[Malformed] = &[
    ("ij,^", SQUARE),
    ("ij,^jk", SQUARE),
    ("ij,^jk->ik", SQUARE),
    ("ij,^jk,kl", SQUARE),
    ("ij,^ jk", SQUARE),
    ("ij^", TWO),
    ("ij^ ->ij", TWO),
    ("^", TWO),
    ("^->", TWO),
    ("ij,jk,^kl", TWO),
    (",^,", SCALAR),
    (",^", &[&[], &[], &[]]),
    ("i...^", TWO),
];

const RANKS: &[Malformed] = &[
    ("ij^k", SQUARE),
    ("ij^k->k", SQUARE),
    ("ij,jk^l", TWO),
    ("...ij^k", SQUARE),
    ("i...j^k", SQUARE),
    ("ij...^k", SQUARE),
    ("^i", SCALAR),
    (",^i", &[&[], &[]]),
    ("i^i", VECTOR),
    ("i j ^k", SQUARE),
    ("i^", SQUARE),
    ("i^->i", SQUARE),
    ("i^,jk", TWO),
    ("ij,k^->ij", TWO),
    ("^", VECTOR),
    ("^->", VECTOR),
    (",^", &[&[], &[2]]),
    ("i^ ", SQUARE),
    ("ab^,bc", &[&[2, 2, 2], &[2, 2]]),
];

const SIZES: &[Malformed] = &[
    ("ij,^jk", &[&[2, 3], &[2, 3]]),
    ("i^i", &[&[2, 3]]),
    ("i^i->i", &[&[1, 3]]),
    ("ii^i", &[&[2, 2, 1]]),
    ("ij,k^i", &[&[2, 3], &[4, 3]]),
    ("ij,i^j", &[&[2, 3], &[2, 4]]),
    ("...,^...", &[&[2], &[3]]),
    ("...i,^...j->...", &[&[2, 1], &[3, 1]]),
    ("a...,b^...", &[&[1, 2, 5], &[1, 5, 5]]),
    ("i,i,^i", &[&[2], &[2], &[3]]),
    ("i,i,^i->i", &[&[1], &[2], &[3]]),
    ("ij,...^j", &[&[2, 3], &[5, 4]]),
    ("i,^i", &[&[0], &[2]]),
];

const OUTPUTS: &[Malformed] = &[
    ("ij->ij^j", SQUARE),
    ("ij->^k", SQUARE),
    ("ij->i^k", SQUARE),
    ("ij->i^i", SQUARE),
    ("ij,jk->i^l", TWO),
    ("->^i", SCALAR),
    ("...->^", VECTOR),
    ("...i->^i", SQUARE),
    ("i...->^", SQUARE),
    ("ij,...->^ij", TWO),
    ("Ij->^i", SQUARE),
    ("ij->^J", SQUARE),
    ("ij->j ^j", SQUARE),
    ("...->^a...", VECTOR),
];

/// All of them, by what is wrong.
pub(crate) const GROUPS: &[&[Malformed]] = &[NO_LABELS, DOTS, ARROWS, COUNTS, RANKS, SIZES, OUTPUTS];

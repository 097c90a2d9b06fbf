//! Parts of lists of pieces of memory.

use crate::runtime::raw::Piece;

/// The part of `size` bytes behind the first `offset` bytes, or what there is of it.
pub fn part(pieces: &[Piece], mut offset: u64, mut size: u64) -> Vec<Piece> {
    let mut result = Vec::new();
    for piece in pieces {
        let skipped = offset.min(piece.size());
        let used = size.min(piece.size() - skipped);
        if used > 0 {
            result.push(piece.part(skipped, used));
        }
        offset -= skipped;
        size -= used;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_pieces() {
        let mut buffer = [0; 10];
        let all = Piece::of(&mut buffer);
        let pieces = [all.part(0, 3), all.part(3, 0), all.part(3, 100)];
        let sizes =
            |offset, size| part(&pieces, offset, size).iter().map(|piece| piece.size()).collect::<Vec<_>>();
        assert_eq!(sizes(0, 10), [3, 7]);
        assert_eq!(sizes(2, 2), [1, 1]);
        assert_eq!(sizes(3, 1), [1]);
        assert_eq!(sizes(9, 100), [1]);
        assert!(sizes(10, 1).is_empty() && sizes(0, 0).is_empty());
    }
}

//! Columns of numbers, a path a row, in one buffer.

/// Numbers by column and row: a column's numbers follow each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    values: Vec<i64>,
    count: usize,
    rows: usize,
    /// Numbers from the start of a column to that of the next.
    stride: usize,
}

/// Numbers in a line of the processor's cache.
const LINE: usize = 8;

/// An odd number of cache lines that holds so many rows, so that a row is spread over the whole cache.
fn stride_for(rows: usize) -> usize {
    (rows.div_ceil(LINE) | 1) * LINE
}

impl Columns {
    /// So many columns without a row, with room for `rows`.
    pub(super) fn with_capacity(count: usize, rows: usize) -> Self {
        let stride = stride_for(rows);
        Self {
            values: vec![0; count * stride],
            count,
            rows: 0,
            stride,
        }
    }

    /// True without columns.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers of a column.
    pub(super) fn column(&self, column: usize) -> &[i64] {
        &self.values[column * self.stride..][..self.rows]
    }

    /// Appends a row of zeros, to be filled by [`put`](Self::put).
    pub(super) fn open_row(&mut self) {
        self.make_room(self.rows + 1);
        self.rows += 1;
    }

    /// Puts a number into a column of the last row.
    ///
    /// # Panics
    /// When there is no row or no such column.
    #[inline]
    pub(super) fn put(&mut self, column: usize, value: i64) {
        self.values[column * self.stride + self.rows - 1] = value;
    }

    /// Appends the rows of as many other columns.
    pub(super) fn append(&mut self, next: &Self) {
        let rows = self.rows + next.rows;
        self.make_room(rows);
        for column in 0..self.count {
            let start = column * self.stride;
            self.values[start + self.rows..start + rows].copy_from_slice(next.column(column));
        }
        self.rows = rows;
    }

    /// Makes room for so many rows in all.
    pub(super) fn expect(&mut self, rows: usize) {
        if rows > self.stride {
            let mut larger = Self::with_capacity(self.count, rows);
            larger.append(self);
            *self = larger;
        }
    }

    /// Makes room for so many rows, and for as many again where they do not fit.
    fn make_room(&mut self, rows: usize) {
        if rows > self.stride {
            self.expect(2 * rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: std::ops::Range<i64>, room: usize) -> Columns {
        let mut columns = Columns::with_capacity(3, room);
        for row in rows {
            columns.open_row();
            (0..3).for_each(|column| columns.put(column, 100 * column as i64 + row));
        }
        columns
    }

    #[test]
    fn columns_hold_what_was_put_whatever_room_there_was() {
        for (rows, room) in [(0, 0), (1, 0), (8, 8), (9, 8), (64, 64), (200, 3)] {
            let columns = columns(0..rows, room);
            assert_eq!(columns.rows(), rows as usize);
            for column in 0..3 {
                let expected: Vec<i64> = (0..rows).map(|row| 100 * column + row).collect();
                assert_eq!(columns.column(column as usize), expected);
            }
        }
    }

    #[test]
    fn appended_rows_follow() {
        for room in [0, 7, 100] {
            let mut first = columns(0..7, room);
            first.append(&columns(7..30, 30));
            first.append(&columns(30..30, 0));
            let whole = columns(0..30, 30);
            for column in 0..3 {
                assert_eq!(first.column(column), whole.column(column));
            }
        }
        assert!(Columns::with_capacity(0, 5).is_empty());
    }
}

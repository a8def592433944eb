//! How the prompts of each category keep the documentation standard, added up by the database.

use variorum_ports::StoreError;
use variorum_ports::rows::ScoreRow;

use crate::sql::Row;

/// The items of the standard are bits from the lowest up.
pub(super) const SELECT: &str = "SELECT l.category, COUNT(*) AS prompts, \
                      CAST(SUM(l.score) AS BIGINT) AS scores, \
                      CAST(SUM(CASE WHEN l.score = 100 THEN 1 ELSE 0 END) AS BIGINT) AS whole, \
                      CAST(SUM(l.lacking & 1) AS BIGINT) AS lack0, \
                      CAST(SUM((l.lacking & 2) / 2) AS BIGINT) AS lack1, \
                      CAST(SUM((l.lacking & 4) / 4) AS BIGINT) AS lack2, \
                      CAST(SUM((l.lacking & 8) / 8) AS BIGINT) AS lack3, \
                      CAST(SUM((l.lacking & 16) / 16) AS BIGINT) AS lack4, \
                      CAST(SUM((l.lacking & 32) / 32) AS BIGINT) AS lack5 \
                      FROM library l WHERE l.workspace = $1";

/// What follows the conditions.
pub(super) const GROUPS: &str = " AND l.score IS NOT NULL GROUP BY l.category ORDER BY l.category";

/// One category.
pub(super) fn read(row: &Row) -> Result<ScoreRow, StoreError> {
    let mut lacking = [0; 6];
    for (place, count) in lacking.iter_mut().enumerate() {
        *count = row.int(&format!("lack{place}"))?;
    }
    Ok(ScoreRow {
        category: row.text("category")?,
        prompts: row.int("prompts")?,
        scores: row.int("scores")?,
        full: row.int("whole")?,
        lacking,
    })
}

//! A picture of which data goes which way, drawn from what one firm chose.

/// Lanes from one system to another, each with what goes through it.
///
/// The widths are shares of the page, so the text keeps its size on a phone.
#[derive(Debug, Clone)]
pub struct DataFlow {
    /// Unique on the page.
    pub id: &'static str,
    pub title: String,
    /// Where the data comes from, and which part of it: `Procore`, `Harborline Builders (112233)`.
    pub from: (String, String),
    /// Where it goes.
    pub to: (String, String),
    pub lanes: Vec<Lane>,
    /// Headings of what only the table says.
    pub columns: Vec<&'static str>,
}

/// One kind of data on its way.
#[derive(Debug, Clone)]
pub struct Lane {
    /// `Projects`.
    pub label: String,
    /// `1,204 records`.
    pub amount: String,
    /// `Webhook: Company Users`; at most 36 characters, so that it fits on a phone.
    pub how: String,
    /// Whether changes arrive by themselves; drawn as an unbroken line.
    pub live: bool,
    /// What only the table behind the picture says, in the order of [`DataFlow::columns`].
    pub more: Vec<String>,
    /// The top of the lane, in pixels.
    pub y: usize,
}

const LANE: usize = 72;

impl DataFlow {
    pub fn new(
        id: &'static str,
        title: impl Into<String>,
        from: (impl Into<String>, impl Into<String>),
        to: (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            id,
            title: title.into(),
            from: (from.0.into(), from.1.into()),
            to: (to.0.into(), to.1.into()),
            lanes: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Adds a lane below the others.
    #[must_use]
    pub fn lane(
        mut self,
        label: impl Into<String>,
        amount: impl Into<String>,
        how: impl Into<String>,
        live: bool,
    ) -> Self {
        let y = self.height();
        self.lanes.push(Lane {
            label: label.into(),
            amount: amount.into(),
            how: how.into(),
            live,
            more: Vec::new(),
            y,
        });
        self
    }

    /// Adds a column to the table, with a text for each lane.
    #[must_use]
    pub fn column(
        mut self,
        heading: &'static str,
        texts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.columns.push(heading);
        for (lane, text) in self.lanes.iter_mut().zip(texts) {
            lane.more.push(text.into());
        }
        self
    }

    /// The height of the picture, in pixels.
    pub fn height(&self) -> usize {
        self.lanes.len() * LANE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_lie_below_each_other() {
        let flow = DataFlow::new(
            "flow",
            "What goes where",
            ("Procore", "Company"),
            ("Product", "Firm"),
        )
        .lane("Projects", "12 records", "Live", true)
        .lane("Trades", "3 records", "Read once", false);
        let tops: Vec<_> = flow.lanes.iter().map(|lane| lane.y).collect();
        assert_eq!(tops, [0, LANE]);
        assert_eq!(flow.height(), 2 * LANE);
    }
}

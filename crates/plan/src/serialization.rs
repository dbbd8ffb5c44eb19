//! How values that are lists or objects are written into one place of a request, in the words of OpenAPI. Writing them is the
//! engine's work.

/// How a value is written into a parameter or a field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serialization {
    /// Its form.
    pub style: ParameterStyle,
    /// Whether elements of a list and members of an object are written apart.
    pub explode: bool,
    /// Whether characters that URLs reserve are sent as they are.
    pub allow_reserved: bool,
}

/// The forms a value can have in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterStyle {
    /// `name=a,b`, exploded `name=a&name=b`.
    Form,
    /// `a,b`.
    Simple,
    /// `.a,b`, exploded `.a.b`.
    Label,
    /// `;name=a,b`, exploded `;name=a;name=b`.
    Matrix,
    /// `name=a%20b`.
    SpaceDelimited,
    /// `name=a|b`.
    PipeDelimited,
    /// `name=a`, a tab, `b` (Swagger 2.0).
    TabDelimited,
    /// `name[key]=a`.
    DeepObject,
    /// The value as JSON text.
    Json,
}

impl Serialization {
    /// A style as written when nothing else is said.
    #[must_use]
    pub const fn new(style: ParameterStyle, explode: bool) -> Self {
        Self { style, explode, allow_reserved: false }
    }

    /// What stands between the elements of a list that is written into one text; none where each is written apart.
    #[must_use]
    pub const fn delimiter(self) -> Option<char> {
        match (self.style, self.explode) {
            (ParameterStyle::Form, false) | (ParameterStyle::Simple, _) => Some(','),
            (ParameterStyle::SpaceDelimited, false) => Some(' '),
            (ParameterStyle::PipeDelimited, false) => Some('|'),
            (ParameterStyle::TabDelimited, _) => Some('\t'),
            _ => None,
        }
    }
}

//! Base URIs: literal text, variables, and the one DNS label a caller may choose (rules U4, BASE-SCHEME, BASE-CONFIG).

use capstan_plan::{Base, BasePart, Template, variable::screaming_case};

use super::{
    binding::Bindings,
    origins::Origins,
    rule::Rule,
    tokens::{Malformed, Token, malformed, tokens},
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::Consume,
    source::Span,
};

/// The base URI of one API, in tokens.
#[derive(Debug)]
pub(super) struct BaseTokens {
    pub(super) tokens: Vec<Token>,
    pub(super) span: Span,
    pub(super) rules: Vec<Rule>,
    /// Why nothing can be sent to it.
    pub(super) defect: Option<Defect>,
}

impl BaseTokens {
    /// The placeholder names.
    pub(super) fn holes(&self) -> Vec<String> {
        self.tokens.iter().filter_map(|t| if let Token::Hole(name) = t { Some(name.clone()) } else { None }).collect()
    }

    /// Whether a caller may give the placeholder of that name.
    pub(super) fn is_label_hole(&self, name: &str) -> bool {
        self.tokens.iter().position(|t| matches!(t, Token::Hole(n) if n == name)).is_some_and(|at| self.is_label(at))
    }

    /// Whether the placeholder at `index` is one DNS label in front of a literal registrable domain.
    fn is_label(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|i| self.tokens.get(i));
        let starts_host = matches!(before, Some(Token::Literal(text)) if text.ends_with("://"));
        let domain = match self.tokens.get(index + 1) {
            Some(Token::Literal(text)) => text.split(['/', ':', '?']).next().unwrap_or_default(),
            _ => return false,
        };
        starts_host && domain.strip_prefix('.').is_some_and(|d| d.split('.').filter(|l| !l.is_empty()).count() >= 2)
    }

    /// The parts of the base. `with` gives a literal of that exact name, `caller` a value of the caller's.
    pub(super) fn base(
        &self,
        bindings: &mut Bindings,
        origins: &Origins<'_>,
        rules: &mut Vec<Rule>,
        mut with: impl FnMut(&str) -> Option<Template>,
        mut caller: impl FnMut(&str) -> Option<Template>,
    ) -> (Base, bool) {
        let mut from_call = false;
        let span = self.span;
        let parts = self
            .tokens
            .iter()
            .enumerate()
            .map(|(index, token)| match token {
                Token::Literal(text) | Token::Expression(text) => BasePart::Literal(text.as_str().into()),
                Token::Variable(name) => match bindings.variable(name, span, origins) {
                    Some((template, rule)) => {
                        rules.extend(rule);
                        BasePart::Variable(template)
                    }
                    None => BasePart::Variable(Template::Binding(bindings.undeclared(name, span, origins))),
                },
                Token::Hole(name) => {
                    if let Some(id) = bindings.qualified(name) {
                        return BasePart::Variable(Template::Binding(id));
                    }
                    rules.push((
                        Code::BaseuriVar,
                        span,
                        format!("`{name}` in the base URI is a variable: `{name}` or `{}`", screaming_case(name)),
                    ));
                    if let Some(literal) = with(name) {
                        from_call = true;
                        return BasePart::Variable(literal);
                    }
                    let mut sources: Vec<Template> = Vec::new();
                    for variable in [name.clone(), screaming_case(name)] {
                        let id =
                            bindings.declared(&variable).unwrap_or_else(|| bindings.optional(&variable, span, origins));
                        sources.push(Template::Binding(id));
                    }
                    sources.dedup_by(|a, b| matches!((a, b), (Template::Binding(a), Template::Binding(b)) if a == b));
                    if self.is_label(index)
                        && let Some(value) = caller(name)
                    {
                        from_call = true;
                        sources.push(value);
                        return BasePart::Label {
                            name: name.as_str().into(),
                            value: Template::First(sources.into_boxed_slice()),
                        };
                    }
                    BasePart::Variable(Template::First(sources.into_boxed_slice()))
                }
            })
            .collect();
        (Base { parts }, from_call)
    }
}

/// Reads the base URI of `api`.
pub(super) fn base_tokens(api: &Consume<'_>, sink: &mut Sink) -> BaseTokens {
    let span = api.base.map_or(api.span, |b| b.span);
    let mut base = BaseTokens { tokens: Vec::new(), span, rules: Vec::new(), defect: None };
    let Some(written) = api.base else { return base };
    let mut text = brackets(written.value.trim());
    if let Some((scheme, _)) = text.split_once("://") {
        let plain = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        if plain && !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
            let draft = sink.error(Code::BadUrl, written.span, format!("`{}` is not an HTTP address", written.value));
            base.defect = Some(draft.help("Capstan calls http:// and https:// APIs").defect());
        }
    } else if let Some(rest) = text.strip_prefix("//") {
        base.rules.push((Code::BaseScheme, written.span, "`https:` is added to the base URI".to_owned()));
        text = format!("https://{rest}");
    } else if names_host(&text) {
        base.rules.push((Code::BaseScheme, written.span, "`https://` is added to the base URI".to_owned()));
        text = format!("https://{text}");
    }
    if text.is_empty() || text.starts_with('/') {
        let message = "the base URI names no host: it is completed from the namespace's base URL variable".to_owned();
        base.rules.push((Code::BaseConfig, written.span, message));
    }
    if base.defect.is_none()
        && let Some(Malformed { code, message, .. }) = malformed(&text, false)
    {
        let draft = sink.error(code, written.span, format!("{message} in the base URI"));
        base.defect = Some(draft.help("write a variable as `{{NAME}}`").defect());
    }
    base.tokens = tokens(&text, &|_| false);
    base
}

/// `h/...` without a scheme: the first segment looks like a host.
fn names_host(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    !first.is_empty()
        && !first.starts_with(['{', '$', '<'])
        && (first.contains('.') || first.contains(':') || first == "localhost")
}

/// `[x]` means `{x}`, but not in an IPv6 address.
fn brackets(text: &str) -> String {
    match (text.find('['), text.find(']')) {
        (Some(open), Some(close)) if open < close && !text.get(open..close).is_some_and(|t| t.contains(':')) => {
            text.replace('[', "{").replace(']', "}")
        }
        _ => text.to_owned(),
    }
}

//! A capability that consumes a shop: how the documents of several tests begin. What they expose is theirs.

/// A document that consumes the orders of a shop at `upstream`, which can be listed; `operations` are more of theirs, in lines with
/// the indentation of the first one. `exposes` follows.
#[must_use]
pub fn shop(upstream: &str, operations: &str, exposes: &str) -> String {
    format!(
        "\
naftiko: '1.0.0-alpha2'
info: {{label: Demo, description: Demo.}}
capability:
  consumes:
    - type: http
      namespace: shop
      baseUri: '{upstream}'
      resources:
        - name: orders
          path: /orders
          operations:
            - {{name: list, method: GET}}
{operations}{exposes}"
    )
}

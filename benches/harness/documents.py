"""Upstream bodies and capability files."""

import json
from pathlib import Path

LAST = "/zz/last/small.json"


def bodies():
    """300 B, 10 KB and 1 MB of JSON."""
    small = {"id": 1, "name": "small", "tags": ["a", "b", "c"], "text": ""}
    small["text"] = "x" * (300 - len(json.dumps(small)))

    def items(count):
        return {
            "total": count,
            "items": [
                {
                    "id": n,
                    "attributes": {"name": f"item number {n}", "price": n * 1.25, "active": n % 2 == 0, "note": None},
                    "description": "A sentence that nobody asked for, as answers have them. " * 2,
                    "links": [f"https://api.example/items/{n}", f"https://api.example/items/{n}/related"],
                }
                for n in range(count)
            ],
        }

    return {
        "small.json": json.dumps(small),
        "medium.json": json.dumps(items(28)),
        "large.json": json.dumps(items(2800)),
    }


def capability(path, base, port, mcp_port):
    """One document: the three bodies as they are, the second one mapped, and a tool."""
    consumed = exposed = ""
    for name in ("small", "medium", "large"):
        consumed += f"""
    - name: {name}
      path: /{name}.json
      operations:
      - name: read-{name}
        method: GET
        inputParameters:
        - {{name: name, in: query, type: string}}
        - {{name: limit, in: query, type: integer}}"""
        exposed += f"""
    - path: /{name}.json
      name: {name}
      operations:
      - {{method: GET, name: {name}, call: upstream.read-{name}}}"""
    properties = "".join(
        f"""
            field{n}: {{type: string, mapping: '$.items[{n}].attributes.name'}}"""
        for n in range(20)
    )
    path.write_text(f"""naftiko: 1.0.0-alpha2
info:
  label: Bench
  description: What the benchmark calls.
capability:
  consumes:
  - type: http
    namespace: upstream
    baseUri: {base}
    resources:{consumed}
  exposes:
  - type: rest
    namespace: bench-rest
    port: {port}
    resources:{exposed}
    - path: /mapped
      name: mapped
      operations:
      - method: GET
        name: mapped
        call: upstream.read-medium
        outputParameters:
        - type: object
          properties:{properties}
  - type: mcp
    namespace: bench-mcp
    port: {mcp_port}
    transport: http
    description: The same as a tool.
    tools:
    - name: read-small
      description: Reads the small document.
      call: upstream.read-small
      inputParameters:
      - {{name: name, type: string, description: Anything., required: true}}
      - {{name: limit, type: integer, description: How many., required: false}}
      with:
        name: bench-mcp.name
        limit: bench-mcp.limit
""")
    return path


def sources(corpus):
    """The texts that fill a large bundle: published files, or else one of our own of ordinary size."""
    if corpus:
        return [(file.stem, file.read_text()) for file in sorted(corpus.iterdir()) if file.suffix in (".yaml", ".yml", ".json")]
    return None


def bundle(folder, count, base, texts):
    """`count` documents in folders of a hundred, the last one at `zz/last`. Returns the path of a route of the last."""
    folder.mkdir()
    for n in range(count - 1):
        place = folder / f"{n // 100:03}"
        place.mkdir(exist_ok=True)
        file = place / f"{n:05}.yaml"
        if texts:
            file.write_text(texts[n % len(texts)][1])
        else:
            capability(file, base, 8080, 9090)
    (folder / "zz").mkdir()
    capability(folder / "zz" / "last.yaml", base, 8080, 9090)
    return LAST

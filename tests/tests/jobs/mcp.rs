//! One tool, as each client can bear it: a task, progress, or a handle and a tool that gives the result later.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_tests::mcp::{Answer, messages};
use serde_json::{Value, json};

use crate::site::{PICTURE, Site, until};

/// What the result of a call shows as a picture.
fn picture(result: &Value) -> Vec<u8> {
    let shown = result["content"].as_array().unwrap().iter().find(|block| block["type"] == "image");
    let shown = shown.unwrap_or_else(|| panic!("no picture: {result}"));
    assert_eq!(shown["mimeType"], "image/png");
    BASE64_STANDARD.decode(shown["data"].as_str().unwrap()).unwrap()
}

fn draw(site: &Site, meta: Value) -> Answer {
    let params = json!({"name": "draw", "arguments": {"prompt": "a fox"}, "_meta": meta});
    site.mcp().call("tools/call", params).unwrap()
}

/// The metadata of a client that knows tasks.
fn knows_tasks() -> Value {
    json!({"io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}})
}

#[test]
fn every_client_sees_the_same_tools() {
    let site = Site::start();
    let listed = site.mcp().call("tools/list", json!({})).unwrap().message["result"]["tools"].clone();
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["draw", "draw-large", "draw-result", "draw-large-result"]);
    let companion = &listed[2];
    assert_eq!(companion["annotations"]["readOnlyHint"], true);
    assert_eq!(companion["inputSchema"]["required"], json!(["job"]));
    let templates = site.mcp().call("resources/templates/list", json!({})).unwrap().message;
    assert_eq!(templates["result"]["resourceTemplates"][0]["uriTemplate"], "capstan://jobs/draw/{job}");
}

#[test]
fn what_is_quick_is_answered_at_once() {
    let site = Site::start();
    site.is_ready("7");
    assert_eq!(picture(&draw(&site, json!({})).message["result"]), PICTURE);
    let task = draw(&site, knows_tasks()).message;
    assert_eq!(picture(&task["result"]), PICTURE);
}

#[test]
fn a_client_that_can_only_wait_gets_a_handle_in_time() {
    let site = Site::start();
    let result = draw(&site, json!({})).message["result"].clone();
    assert_ne!(result["isError"], true, "{result}");
    let handle = &result["structuredContent"];
    assert_eq!(handle["status"], "running", "{result}");
    assert!(handle["retryAfterMs"].as_u64().unwrap() >= 1_000);
    assert!(result["content"][1]["text"].as_str().unwrap().contains("`draw-result`"), "{result}");
    let ask = || site.mcp().tool("draw-result", json!({"job": handle["job"]})).unwrap().message["result"].clone();
    assert_eq!(ask()["structuredContent"]["job"], handle["job"]);
    site.is_ready("7");
    let done = until("there is a picture", || Some(ask()).filter(|result| result.get("structuredContent").is_none()));
    assert_eq!(picture(&done), PICTURE);
    assert_eq!(site.submits(), 1);
    for wrong in [json!({}), json!({"job": "x"}), json!({"job": handle["job"], "more": 1})] {
        let refused = site.mcp().tool("draw-result", wrong.clone()).unwrap().message;
        assert_eq!(refused["result"]["isError"], true, "{wrong} {refused}");
    }
    // A handle of another tool is none of this one's.
    let other = site.mcp().tool("draw-large-result", json!({"job": handle["job"]})).unwrap().message;
    assert_eq!(other["result"]["isError"], true, "{other}");
}

#[test]
fn a_client_that_asked_for_progress_sees_it() {
    let site = Site::start();
    site.is_at("7", json!({"status": "Pending", "progress": 0.4}));
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| draw(&site, json!({"progressToken": "p"})));
        // Its client waits longer than the budget of those who cannot be told anything.
        std::thread::sleep(std::time::Duration::from_millis(600));
        site.is_ready("7");
        let answer = calling.join().unwrap();
        let all = messages(&answer.http);
        let told: Vec<&Value> = all.iter().filter(|message| message["method"] == "notifications/progress").collect();
        assert!(told.iter().all(|message| message["params"]["progressToken"] == "p"), "{all:?}");
        let values: Vec<f64> = told.iter().map(|message| message["params"]["progress"].as_f64().unwrap()).collect();
        assert!(values.contains(&40.0) && values.is_sorted_by(|a, b| a < b), "{all:?}");
        assert!(told.iter().any(|message| message["params"]["message"] == "Pending"), "{all:?}");
        assert_eq!(picture(&answer.message["result"]), PICTURE);
    });
}

#[test]
fn a_client_that_knows_tasks_gets_one() {
    let site = Site::start();
    let discovered = site.mcp().call("server/discover", json!({})).unwrap().message;
    let extensions = &discovered["result"]["capabilities"]["extensions"];
    assert!(extensions.get("io.modelcontextprotocol/tasks").is_some(), "{discovered}");
    let task = draw(&site, knows_tasks()).message["result"].clone();
    assert_eq!((&task["resultType"], &task["status"]), (&json!("task"), &json!("working")), "{task}");
    let ask = |method: &str| {
        let params = json!({"taskId": task["taskId"], "_meta": knows_tasks()});
        site.mcp().call(method, params).unwrap().message
    };
    assert_eq!(ask("tasks/get")["result"]["status"], "working");
    site.is_ready("7");
    let done =
        until("the task is done", || Some(ask("tasks/get")).filter(|task| task["result"]["status"] == "completed"));
    assert_eq!(picture(&done["result"]["result"]), PICTURE);
    // Over: nothing to end.
    assert!(ask("tasks/cancel").get("error").is_none());
    let unknown = json!({"taskId": "x", "_meta": knows_tasks()});
    assert_eq!(site.mcp().call("tasks/get", unknown).unwrap().message["error"]["code"], -32602);
}

#[test]
fn a_task_is_ended_upstream_too() {
    let site = Site::start();
    let task = draw(&site, knows_tasks()).message["result"]["taskId"].clone();
    let params = || json!({"taskId": task, "_meta": knows_tasks()});
    assert!(site.mcp().call("tasks/cancel", params()).unwrap().message.get("error").is_none());
    assert_eq!(site.mcp().call("tasks/get", params()).unwrap().message["result"]["status"], "cancelled");
    let seen = site.upstream.take();
    assert!(seen.iter().any(|seen| seen.method == "DELETE" && seen.target == "/images/7"), "{seen:?}");
}

#[test]
fn what_the_upstream_refuses_to_draw_is_said_to_the_model() {
    let site = Site::start();
    site.is_at("7", json!({"status": "Moderated"}));
    let result = draw(&site, json!({})).message["result"].clone();
    assert_eq!(result["isError"], true, "{result}");
    assert!(result["content"][0]["text"].as_str().unwrap().contains("The request was moderated"), "{result}");
}

#[test]
fn a_picture_that_is_too_large_is_linked() {
    let site = Site::start();
    site.is_ready("7");
    let result = site.mcp().tool("draw-large", json!({"prompt": "a fox"})).unwrap().message["result"].clone();
    let link = &result["content"][0];
    assert_eq!((&link["type"], &link["mimeType"]), (&json!("resource_link"), &json!("image/png")), "{result}");
    assert_eq!(link["size"].as_u64(), Some(PICTURE.len() as u64));
    let read = site.mcp().call("resources/read", json!({"uri": link["uri"]})).unwrap().message;
    let contents = &read["result"]["contents"][0];
    assert_eq!(contents["mimeType"], "image/png", "{read}");
    assert_eq!(BASE64_STANDARD.decode(contents["blob"].as_str().unwrap()).unwrap(), PICTURE);
    let forged = json!({"uri": "capstan://jobs/draw-large/x"});
    assert_eq!(site.mcp().call("resources/read", forged).unwrap().message["error"]["code"], -32602);
}

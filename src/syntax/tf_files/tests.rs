//! Cases settled with Terraform 1.11.4, where nothing else is said.

use super::*;

fn rules() -> ConfigRules {
    ConfigRules::new(Dialect::Terraform, (1, 11))
}

fn read(files: &[(&str, &str)], rules: &ConfigRules) -> ModuleFiles {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes()))
        .collect();
    read_module(&files, rules)
}

fn native(text: &str) -> ModuleFiles {
    read(&[("main.tf", text)], &rules())
}

fn summaries(module: &ModuleFiles) -> Vec<String> {
    module
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.line, problem.kind.client_summary()))
        .collect()
}

fn sources(module: &ModuleFiles) -> Vec<(&str, &ArgumentValue)> {
    module
        .calls
        .iter()
        .map(|call| (call.name.as_str(), &call.source.value))
        .collect()
}

fn text(value: &str) -> ArgumentValue {
    ArgumentValue::Text(value.to_owned())
}

const TYPICAL: &str = r#"
terraform {
  required_version = ">= 1.3, < 2.0"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 5.0"
      configuration_aliases = [aws.east]
    }
    null = "3.2.0"
  }
  backend "s3" {
    bucket = "b"
  }
}
provider "aws" {
  alias  = "west"
  region = var.region
  assume_role { role_arn = "arn:aws:iam::1:role/x" }
}
variable "region" {
  description = "Where."
  type        = string
  default     = "eu-west-1"
  validation {
    condition     = can(regex("^[a-z]{2}-", var.region))
    error_message = "No region: ${var.region}."
  }
}
variable "tags" {
  type = map(object({
    name = string
    size = optional(number, 3)
  }))
  default   = {}
  nullable  = false
  sensitive = true
}
locals {
  names = { for key, tag in var.tags : key => upper(tag.name) if tag.size > 1 }
  text  = <<-EOT
    %{for name in values(local.names)~}
    - ${name}
    %{endfor~}
  EOT
}
resource "aws_instance" "web" {
  for_each      = local.names
  provider      = aws.west
  ami           = data.aws_ami.image[0].id
  instance_type = var.region == "x" ? "t3.micro" : "t3.large"
  dynamic "ebs_block_device" {
    for_each = [1, 2]
    content {
      device_name = "/dev/sd${ebs_block_device.value}"
    }
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.id} ${each.key}"
  }
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags["x"], user_data]
    replace_triggered_by  = [terraform_data.x]
    precondition {
      condition     = length(var.tags) > 0
      error_message = "Empty."
    }
  }
  depends_on = [module.child, aws_iam_role.a]
}
data "aws_ami" "image" {
  count = 1
  filter {
    name   = "name"
    values = ["x*"]
  }
}
check "health" {
  data "http" "page" {
    url = "https://example.com"
  }
  assert {
    condition     = data.http.page.status_code == 200
    error_message = "Down."
  }
}
moved {
  from = aws_instance.old["a"]
  to   = aws_instance.web["a"]
}
removed {
  from = aws_instance.gone
  lifecycle {
    destroy = false
  }
}
output "ids" {
  value     = [for instance in aws_instance.web : instance.id]
  sensitive = true
}
module "child" {
  source    = "./child"
  count     = 2
  providers = { aws = aws.west, aws.east = aws }
  names     = keys(local.names)
}
"#;

#[test]
fn ordinary_configuration_has_no_problems() {
    let module = native(TYPICAL);
    assert_eq!(summaries(&module), Vec::<String>::new());
    assert_eq!(sources(&module), [("child", &text("./child"))]);
    assert_eq!(
        module
            .required_version
            .first()
            .map(|(text, _)| text.as_str()),
        Some(">= 1.3, < 2.0")
    );
    assert_eq!(module.provider_versions.len(), 2);
    assert_eq!(module.backends.len(), 1);
    assert_eq!(
        module.variables,
        [("region".to_owned(), false), ("tags".to_owned(), false)]
    );
    assert!(module.calls.iter().all(|call| call.count && !call.for_each));
}

#[test]
fn a_call_knows_where_it_and_its_source_stand() {
    let source = "# first\nmodule \"x\" {\n  source = \"./x\"\n}\n";
    let module = native(source);
    let call = module.calls.first().expect("there is one call");
    assert_eq!((call.place.line, call.place.column), (2, 1));
    assert_eq!((call.source.place.line, call.source.place.column), (3, 12));
    assert_eq!(source.get(call.source.place.range.clone()), Some("\"./x\""));
    assert_eq!(source.get(call.name_range.clone()), Some("\"x\""));
    assert_eq!(call.version.value, ArgumentValue::Missing);
}

#[test]
fn constants_are_converted_and_references_are_refused() {
    let of = |source: &str| native(&format!("module \"x\" {{\n  source = {source}\n}}\n"));
    for (written, value) in [
        ("\"./\\u0078\"", "./x"),
        ("\"./${\"x\"}\"", "./x"),
        ("\"./$${x}\"", "./${x}"),
        ("12", "12"),
        ("true", "true"),
        ("(true ? \"./x\" : null)", "./x"),
        ("<<EOT\n./x\nEOT", "./x\n"),
    ] {
        let module = of(written);
        assert_eq!(sources(&module), [("x", &text(value))], "{written}");
        assert_eq!(summaries(&module), Vec::<String>::new(), "{written}");
    }
    assert_eq!(
        summaries(&of("var.s")),
        ["2: Variables not allowed", "2: Unsuitable value type"]
    );
    assert_eq!(
        summaries(&of("lower(\"X\")")),
        ["2: Function calls not allowed", "2: Unsuitable value type"]
    );
    assert_eq!(summaries(&of("null")), ["2: Unsuitable value type"]);
    assert_eq!(sources(&of("null")), [("x", &ArgumentValue::Null)]);
    assert_eq!(
        sources(&of("[\"./x\"]")),
        [("x", &ArgumentValue::NotText(ValueKind::List))]
    );
    let module = of("var.s");
    let expected = ArgumentValue::Expression {
        text: "var.s".to_owned(),
        references: true,
    };
    assert_eq!(sources(&module), [("x", &expected)]);
}

#[test]
fn what_stands_before_a_broken_item_is_still_called() {
    let module = native("module \"x\" {\n  source = \"./x\"\n}\nresource {\n");
    assert_eq!(sources(&module), [("x", &text("./x"))]);
    assert_eq!(
        summaries(&module),
        [
            "4: Unclosed configuration block",
            "4: Missing type for resource"
        ]
    );
    let module = native("= 1\nmodule \"x\" {\n  source = \"./x\"\n}\n");
    assert_eq!(sources(&module), []);
    let module = native("foo\nmodule \"x\" {\n  source = \"./x\" oops\n}\n");
    assert_eq!(sources(&module), [("x", &text("./x"))]);
}

#[test]
fn of_two_calls_the_last_counts_and_bad_names_are_passed_over() {
    let module = native(
        "module \"x\" {\n  source = \"./x\"\n}\nmodule \"x\" {\n  source = \"./y\"\n}\nmodule \"a b\" {\n  source = \"./z\"\n}\nmodule \"v\" \"w\" {\n  source = \"./z\"\n}\nmodule \"é\" {}\n",
    );
    assert_eq!(
        sources(&module),
        [("x", &text("./y")), ("é", &ArgumentValue::Missing)]
    );
    assert_eq!(
        summaries(&module),
        [
            "10: Extraneous label for module",
            "4: Duplicate module call",
            "7: Invalid module instance name",
            "13: Missing required argument",
        ]
    );
}

#[test]
fn override_files_are_merged_over_the_others() {
    let module = read(
        &[
            (
                "b_override.tf",
                "module \"x\" {\n  source = \"./y\"\n}\nmodule \"q\" {\n  source = \"./q\"\n}\n",
            ),
            (
                "main.tf",
                "module \"x\" {\n  source  = \"h.com/a/b/c\"\n  version = \"1.0.0\"\n}\n",
            ),
            (
                "override.tf.json",
                "{\"module\": {\"x\": {\"version\": null, \"count\": 2}}}",
            ),
        ],
        &rules(),
    );
    let call = module.calls.first().expect("there is one call");
    assert_eq!(call.source.value, text("./y"));
    assert_eq!(
        (call.source.layer, call.source.place.file.as_str()),
        (Layer::Override, "b_override.tf")
    );
    assert_eq!(
        (&call.version.value, call.version.layer),
        (&text("1.0.0"), Layer::Primary)
    );
    assert!(call.count && !call.version_beside_source);
    assert_eq!(summaries(&module), ["4: Missing module call to override"]);
}

#[test]
fn cli_configuration_in_module_files_is_noticed() {
    let module = native("credentials \"h.com\" {\n  token = \"t\"\n}\nhost \"h.com\" {}\n");
    assert_eq!(
        summaries(&module),
        ["1: Unsupported block type", "4: Unsupported block type"]
    );
    let kinds: Vec<_> = module
        .cli_blocks
        .iter()
        .map(|(kind, place)| (kind.as_str(), place.line))
        .collect();
    assert_eq!(kinds, [("credentials", 1), ("host", 4)]);
}

#[test]
fn the_json_syntax_says_the_same() {
    let json = |text: &str| read(&[("main.tf.json", text)], &rules());
    let module = json(
        r#"{"//": "n", "module": [{"b": {"source": "./b"}}, {"a": [{"//": 1, "source": "./${x}"}]}]}"#,
    );
    assert_eq!(
        sources(&module),
        [("a", &text("./${x}")), ("b", &text("./b"))]
    );
    assert_eq!(summaries(&module), Vec::<String>::new());
    let module = json(r#"{"module": {"x": {"source": "./x"},}}"#);
    assert_eq!(
        summaries(&module),
        [
            "1: Trailing comma in object",
            "1: Incorrect JSON value type",
            "1: Missing block label"
        ]
    );
    assert_eq!(
        summaries(&json(r#"{"foo": 1}"#)),
        ["1: Extraneous JSON object property"]
    );
    assert_eq!(
        summaries(&json(r#"{"module": {"x": {}}}"#)),
        ["1: Missing required argument"]
    );
    assert_eq!(summaries(&json("1")), ["1: Root value must be object"]);
}

#[test]
fn what_a_release_knows_depends_on_the_release() {
    let old = ConfigRules::new(Dialect::Terraform, (1, 4));
    let files = [(
        "main.tf",
        "check \"x\" {\n  assert {\n    condition = a.b\n    error_message = \"\"\n  }\n}\n",
    )];
    assert_eq!(summaries(&read(&files, &rules())), Vec::<String>::new());
    assert_eq!(
        summaries(&read(&files, &old)),
        ["1: Unsupported block type"]
    );
    let files = [("main.tf", "terraform {\n  encryption {\n  }\n}\n")];
    assert_eq!(
        summaries(&read(&files, &rules())),
        ["2: Unsupported block type"]
    );
    assert_eq!(
        summaries(&read(&files, &ConfigRules::new(Dialect::OpenTofu, (1, 7)))),
        Vec::<String>::new()
    );
}

/// Settled by the recordings of `OpenTofu` 1.8.11 and Terraform 1.15.9.
#[test]
fn clients_that_evaluate_early_know_variables_and_locals() {
    let files = [
        (
            "main.tf",
            "variable \"v\" {\n  default = \"x\"\n}\nlocals {\n  dirs = { a = \"./${var.v}\" }\n  loop = local.loop\n}\nmodule \"x\" {\n  source = local.dirs[\"a\"]\n  name = \"${var.v}y\"\n}\nmodule \"y\" {\n  source = local.loop\n}\nmodule \"z\" {\n  source = \"${path.module}/z\"\n}\n",
        ),
        (
            "z.tf.json",
            "{\"module\": {\"j\": {\"source\": \"./${var.v}\"}}}",
        ),
    ];
    let mut tofu = ConfigRules::new(Dialect::OpenTofu, (1, 8));
    let module = read(&files, &tofu);
    assert_eq!(summaries(&module), Vec::<String>::new());
    let unknown = ArgumentValue::Expression {
        text: "local.loop".to_owned(),
        references: true,
    };
    assert_eq!(
        sources(&module),
        [
            ("j", &text("./x")),
            ("x", &text("./x")),
            ("y", &unknown),
            ("z", &text("./z"))
        ]
    );
    let inputs = module
        .calls
        .get(1)
        .map(|call| call.inputs.clone())
        .unwrap_or_default();
    assert_eq!(inputs.get("name"), Some(&Value::Text("xy".to_owned())));
    tofu.inputs
        .insert("v".to_owned(), Value::Text("w".to_owned()));
    assert_eq!(
        sources(&read(&files, &tofu)).first(),
        Some(&("j", &text("./w")))
    );
    let terraform = read(&files, &ConfigRules::new(Dialect::Terraform, (1, 15)));
    assert!(matches!(
        sources(&terraform).get(1),
        Some(("x", ArgumentValue::Expression { .. }))
    ));
    let constant = [(
        "a.tf",
        "variable \"v\" {\n  default = \"./x\"\n  const = true\n}\nmodule \"x\" {\n  source = var.v\n}\n",
    )];
    let terraform = read(&constant, &ConfigRules::new(Dialect::Terraform, (1, 15)));
    assert_eq!(sources(&terraform), [("x", &text("./x"))]);
}

#[test]
fn early_evaluation_ends_whatever_the_locals_say() {
    use std::fmt::Write as _;
    let mut file = String::from("locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n");
    for step in 1..60 {
        let last = step - 1;
        let _ = writeln!(
            file,
            "  a{step} = [local.a{last}, \"${{local.a{last}}}${{local.a{last}}}\", local.a{last}]"
        );
    }
    let deep = format!("{}local.a59{}", "(".repeat(60), ")".repeat(60));
    let _ = writeln!(
        file,
        "  b = {deep}\n}}\nmodule \"x\" {{\n  source = local.b\n}}"
    );
    let module = read(
        &[("main.tf", &file)],
        &ConfigRules::new(Dialect::OpenTofu, (1, 9)),
    );
    assert_eq!(module.calls.len(), 1);
    let mut file = String::from("locals {\n  a0 = \"./x\"\n");
    for step in 1..40 {
        let (open, close) = ("(".repeat(60), ")".repeat(60));
        let _ = writeln!(file, "  a{step} = {open}local.a{}{close}", step - 1);
    }
    let _ = writeln!(file, "}}\nmodule \"x\" {{\n  source = local.a39\n}}");
    assert_eq!(
        read(
            &[("main.tf", &file)],
            &ConfigRules::new(Dialect::OpenTofu, (1, 9))
        )
        .calls
        .len(),
        1
    );
}

#[test]
fn test_files_call_modules_under_keys_of_their_own() {
    let file = "run \"setup\" {\n  module {\n    source  = \"h.com/a/b/c\"\n    version = \"1.0.0\"\n  }\n}\nrun \"plain\" {}\n";
    let test = read_test_file("tests/main.tftest.hcl", file.as_bytes(), &rules());
    assert_eq!(test.problems, []);
    let keys: Vec<_> = test
        .runs
        .iter()
        .map(|run| (run.key.as_str(), &run.call.source.value))
        .collect();
    assert_eq!(keys, [("test.tests.main.setup", &text("h.com/a/b/c"))]);
    assert_eq!(test_key("x.tftest.hcl", "s2"), "test.x.s2");
    assert_eq!(
        test_key("tests/main.tftest.json", "setup"),
        "test.tests.main.tftest.json.setup"
    );
    let json = br#"{"run": {"a": {"module": {"source": "./x"}}}}"#;
    let test = read_test_file("m.tftest.json", json, &rules());
    assert_eq!(
        test.runs.first().map(|run| run.key.as_str()),
        Some("test.m.tftest.json.a")
    );
}

#[test]
fn a_run_with_something_wrong_is_left_out() {
    let bad = "run \"a\" {\n  command = \"plan\"\n  module {\n    source = \"./x\"\n  }\n}\nrun \"b\" {\n  module {}\n}\nrun \"b\" {\n}\n";
    let test = read_test_file("m.tftest.hcl", bad.as_bytes(), &rules());
    assert_eq!(test.runs, []);
    let summaries: Vec<_> = test
        .problems
        .iter()
        .map(|problem| problem.kind.client_summary())
        .collect();
    assert_eq!(
        summaries,
        [
            "Invalid \"command\" keyword",
            "Missing \"source\" attribute for module block",
            "Duplicate \"run\" block names"
        ]
    );
}

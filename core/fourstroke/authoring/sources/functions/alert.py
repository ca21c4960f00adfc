def template(alert, context, path: str = "alerts.txt") -> bool:
    """Append each alert to a file, one a line."""
    with (context.root / path).open("a", encoding="utf-8", errors="replace") as file:
        file.write(f"{alert.at.isoformat()} {alert.severity} {alert.title!a} {alert.text!a}\n")
    return True

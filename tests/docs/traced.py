#!/usr/bin/env python3
"""Fails when a function of the Internet server interface does not name itself for the trace. Usage: traced.py SOURCE"""
import pathlib
import re
import sys

# They do nothing but look at the last error, which a record would not say more about.
UNTRACED = {"InetGetLastError", "InetSetLastError"}

root = pathlib.Path(sys.argv[1])
headers = "\n".join(path.read_text() for path in sorted((root / "include/inlet").glob("inet_*.h")))
sources = "\n".join(path.read_text() for path in sorted((root / "src/server").glob("api_*.cpp")))
forms = dict((form, name) for name, form in re.findall(r"#\s*define (Inl?et\w+) (Inl?et\w+[AW])\b", headers))
declared = {forms.get(name, name) for name in re.findall(r"^INLET_API\s[^;(]*?\b(Inl?et\w+)\(", headers, re.M)}
traced = set(re.findall(r'traced\(\s*"(Inl?et\w+)"', sources))
missing = sorted(declared - traced - UNTRACED)
for name in missing:
    print(f"{name} is not traced")
for name in sorted(traced - declared):
    print(f"{name} is traced and not declared")
print(f"{len(declared)} functions, {len(traced)} traced")
sys.exit(1 if missing or traced - declared or not declared else 0)

"""The look of the report: one column that reads well on a phone, in the reader's own theme."""

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#16181d;--soft:#5b6270;--line:#e3e6eb;
--card:#f7f8fa;--mark:#0b6bcb}
@media(prefers-color-scheme:dark){:root{--paper:#0f1116;--ink:#e8eaee;--soft:#9aa3b2;
--line:#262b35;--card:#161a21;--mark:#6cb2ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:760px;margin:0 auto;padding:20px 16px 64px}
h1{font-size:1.7rem;line-height:1.2;margin:8px 0 12px;letter-spacing:-.01em}
h2{font-size:1.3rem;line-height:1.25;margin:48px 0 12px;padding-top:16px;
border-top:1px solid var(--line)}
h3{font-size:1.02rem;line-height:1.35;margin:0 0 6px}
p{margin:0 0 10px}
.lead{color:var(--soft);font-size:1.05rem}
nav ol{columns:2;padding-left:20px;margin:16px 0}
a{color:var(--mark);text-decoration:none}
article{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:16px;
margin:0 0 16px}
article ul{margin:0 0 10px;padding-left:18px}
li{margin:2px 0}
img{display:block;width:100%;height:auto;border-radius:10px;margin:10px 0}
.age,footer{color:var(--soft);font-size:.84rem}
.sample{background:#b45309;color:#fff;border-radius:6px;padding:1px 7px;font-size:.8rem}
.wide{overflow-x:auto;margin:8px -4px 10px;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;font-size:.86rem;width:100%}
th,td{padding:5px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;
overflow-wrap:normal}
td{white-space:nowrap}
#numbers td:last-child{white-space:normal;min-width:180px;color:var(--soft)}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:500;min-width:92px}
dt{font-weight:600;margin-top:10px}
dd{margin:0;color:var(--soft)}
footer{margin-top:48px}
@media(max-width:480px){nav ol{columns:1}h1{font-size:1.4rem}article{padding:12px}}
@media print{article{break-inside:avoid}}
"""

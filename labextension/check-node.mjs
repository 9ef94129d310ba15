// Ends with 0 where this Node.js can build the front end: "^20.19 || >=22.12", as package.json says.
const [major, minor] = process.versions.node.split('.').map(Number);
process.exitCode = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1;

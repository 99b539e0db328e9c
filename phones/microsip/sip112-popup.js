// MicroSIP runs this when a call comes in: it opens the ticket of a 112 call in the browser.
//
// In microsip.ini, while MicroSIP does not run:
//   cmdIncomingCall=wscript.exe //B //E:jscript "C:\sip112\sip112-popup.js"
// Beside this file, in sip112-popup.txt, the address that `sip112 phone-key` printed, after the
// service's public_url:
//   https://112.example.org/v1/phones/seat-07/ringing?key=sip112_...
//
// MicroSIP knows the caller's number alone, and gives it as the last argument. Whoever can call
// this phone decides what stands there: what is not a number is left away. The service knows which
// ticket it is, and whether the phone rings for another call. Written for Windows Script Host,
// which every Windows has: so in the JavaScript of 1999.

var ADDRESS = /^https?:\/\/[0-9A-Za-z.:\[\]-]+(\/[0-9A-Za-z._~-]+)*\/ringing\?key=[0-9A-Za-z_-]+$/;
var NUMBER = /^\+?[0-9*#]{1,32}$/;

// Return the address to open for a call; null if what is configured is not one.
function address(configured, given) {
  var base = String(configured).replace(/^\uFEFF|^\xEF\xBB\xBF/, "").replace(/^\s+|\s+$/g, "");
  var said = given.length ? String(given[given.length - 1]) : "";
  if (!ADDRESS.test(base)) {
    return null;
  }
  return base + "&as=link" + (NUMBER.test(said) ? "&number=" + encodeURIComponent(said) : "");
}

function main() {
  var files = new ActiveXObject("Scripting.FileSystemObject");
  var place = files.GetParentFolderName(WScript.ScriptFullName) + "\\sip112-popup.txt";
  var given = [];
  var file, url, n;
  for (n = 0; n < WScript.Arguments.length; n++) {
    given.push(WScript.Arguments.Item(n));
  }
  if (!files.FileExists(place)) {
    WScript.Echo("sip112-popup: " + place + " is missing: write the phone's address into it.");
    return;
  }
  file = files.OpenTextFile(place);
  url = address(file.AtEndOfStream ? "" : file.ReadLine(), given);
  file.Close();
  if (url === null) {
    WScript.Echo("sip112-popup: what stands in " + place + " is not an address of sip112 phone-key.");
    return;
  }
  new ActiveXObject("Shell.Application").ShellExecute(url, "", "", "open", 1);
}

if (typeof WScript !== "undefined") {
  main();
} else {
  module.exports = { address: address };
}

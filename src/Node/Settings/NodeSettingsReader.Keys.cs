using System.Globalization;
using Serilog.Events;

namespace CubeActors.Node;

// What is said of keys that are unknown, or known and without effect.
internal sealed partial class NodeSettingsReader
{
    private void NoteKeys()
    {
        foreach (var key in _file.Keys)
        {
            if (DataNodeKeys.ByName.TryGetValue(key, out var known))
            {
                if (!known.Used) NoteUnused(known);
            }
            else if (DataNodeKeys.Dead.TryGetValue(key, out var why)) Warn($"{key} has no effect: {why}");
            else
            {
                var nearest = NearestKey.Find(key, DataNodeKeys.ByName.Keys);
                Warn($"unknown key {key}{(nearest is null ? "" : $"; did you mean {nearest}?")}");
            }
        }
    }

    private void NoteUnused(DataNodeKey key)
    {
        if (!IsUnderstood(key))
        {
            Warn($"{key.Name} is {_file.Describe(key.Name)}, taken as {key.Default}; accepted: {Form(key.Kind)}");
            return;
        }

        // Whoever set it to something that a CubeFS node would act on should know; what changes nothing there either is not worth a line.
        var matters = key.Instead.Length > 0 && WouldMatter(key);
        _notes.Add(new SettingsNote(
            matters ? LogEventLevel.Warning : LogEventLevel.Debug,
            $"{_file.Path}: {key.Name} ({key.Meaning}) is accepted and has no effect in this version{(key.Instead.Length == 0 ? "" : $": {key.Instead}")}"));
    }

    private bool IsUnderstood(DataNodeKey key) => key.Kind switch
    {
        KeyKind.Text => _file.Text(key.Name, out _),
        KeyKind.Flag => _file.Flag(key.Name, out _),
        KeyKind.Integer => _file.Integer(key.Name, out _),
        KeyKind.Number => _file.Number(key.Name, out _),
        _ => _file.TextList(key.Name, out _),
    } != Found.Bad;

    /// <summary>A CubeFS node with this file would do something else than one without the key.</summary>
    private bool WouldMatter(DataNodeKey key)
    {
        const int smuxConnectionsFloor = 16; // smuxMaxConn only raises. Source: CubeFS datanode/server.go parseSmuxConfig
        var number = _file.Integer(key.Name, out var value) == Found.Good ? value : 0;
        var isDefault = number.ToString(CultureInfo.InvariantCulture) == key.Default;
        return key.Name switch
        {
            "smuxMaxConn" => IsOn("enableSmuxConnPool") && number > smuxConnectionsFloor,
            "smuxStreamPerConn" or "sumxTotalStream" => IsOn("enableSmuxConnPool") && number > 0 && !isDefault,
            "gcRecyclePercent" => IsOn("enableGcTimer"),
            _ when key.Kind == KeyKind.Flag => IsOn(key.Name),
            _ when key.Kind == KeyKind.Integer => number > 0 && !isDefault,
            _ => true,
        };
    }

    private bool IsOn(string key) => _file.Flag(key, out var on) == Found.Good && on;

    private static string Form(KeyKind kind) => kind switch
    {
        KeyKind.Text => "a string",
        KeyKind.Flag => "true or false",
        KeyKind.Integer => "a whole number, also as a string",
        KeyKind.Number => "a number",
        _ => "a list of strings",
    };
}

using System.Globalization;
using System.Net;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The keys of datanode.json about logs and metrics. A bad value is a warning and means the default: none of them changes what is served.</summary>
/// <remarks>Source: CubeFS cmd/cmd.go, util/log/log.go, util/exporter/exporter.go, datanode/server.go parseConfig.</remarks>
internal static class ObservationKeys
{
    /// <summary>Source: CubeFS util/log/rotate.go DefaultLogLeftSpaceLimitRatio.</summary>
    private const double LeftSpaceRatio = 0.05;

    private const long MegabytesMax = 1 << 24; // 16 TiB

    /// <param name="warn">Told one sentence for each value that is not taken.</param>
    public static ObservationSettings Read(DataNodeFile file, Action<string> warn)
    {
        var keys = new Reader(file, warn);
        var push = Address(keys.Text("pushAddr"));
        // CubeFS calls both sizes megabytes, and then takes the first one for bytes: a documented 1024 would set a file aside with every line.
        var files = new LogFileSettings(
            keys.Text("logDir"), keys.Integer("logRotateSize", MegabytesMax) << 20, keys.Integer("logRotateHeadRoom", MegabytesMax) << 20, keys.Ratio("logLeftSpaceLimitRatio", LeftSpaceRatio));
        return new ObservationSettings
        {
            LogFiles = files.Directory.Length > 0 ? files : null,
            Exporter = ExporterPort(keys) is { } port
                ? new ExporterSettings(port, Address(keys.Text("consulAddr")), keys.Text("consulMeta"), keys.Pattern("ipFilter"), push, keys.Text("subdir"))
                : null,
            Measurement = new MeasurementSettings(
                push is null ? LatencyBounds.Operations : LatencyBounds.Pushed, (int)keys.Integer("metricsDegrade", int.MaxValue, int.MinValue), keys.Flag("enablePid", absent: false)),
        };

        Uri? Address(string text)
        {
            if (text.Length == 0) return null;
            // As in CubeFS: an address may come without its scheme.
            if (Uri.TryCreate(text.StartsWith("http", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp) return address;
            warn($"\"{EffectiveSettings.WithoutUser(text)}\" is no address that is used; accepted: host:port or http://host:port");
            return null;
        }
    }

    /// <summary>The port for metrics alone, without a word about values that are not taken.</summary>
    /// <returns>0: the system chooses one. Null: there is none.</returns>
    public static int? ReadExporterPort(DataNodeFile file) => ExporterPort(new Reader(file, static _ => { }));

    private static int? ExporterPort(Reader keys) => keys.Flag("exporterEnable", absent: true) ? (int)keys.Integer("exporterPort", IPEndPoint.MaxPort) : null;

    private sealed class Reader(DataNodeFile file, Action<string> warn)
    {
        public string Text(string key)
        {
            if (file.Text(key, out var text) == Found.Bad) warn($"{key} is {file.Describe(key)}, which counts as missing; accepted: a string");
            return text;
        }

        public bool Flag(string key, bool absent)
        {
            var found = file.Flag(key, out var flag);
            if (found == Found.Bad) warn($"{key} is {file.Describe(key)}, taken as false; accepted: true or false");
            return found == Found.Absent ? absent : flag;
        }

        public long Integer(string key, long most, long least = 0)
        {
            var found = file.Integer(key, out var value);
            if (found == Found.Absent || (found == Found.Good && value >= least && value <= most)) return value;
            warn($"{key} is {file.Describe(key)}, taken as 0; accepted: a whole number from {least} to {most}");
            return 0;
        }

        /// <summary>A number in a string; a Go node ends its start at one out of range, this one warns.</summary>
        public double Ratio(string key, double absent)
        {
            var found = file.Text(key, out var text);
            if (found == Found.Absent || text.Length == 0 && found == Found.Good) return absent;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is > 0 and <= 1) return ratio;
            warn($"{key} is {file.Describe(key)}, taken as {absent.ToString(CultureInfo.InvariantCulture)}; accepted: a number above 0 and up to 1, as a string");
            return absent;
        }

        public AddressFilter Pattern(string key)
        {
            var text = Text(key);
            if (AddressFilter.TryParse(text, out var filter)) return filter;
            warn($"{key} is \"{text}\", which is no regular expression; taken as nothing");
            return AddressFilter.All;
        }
    }
}

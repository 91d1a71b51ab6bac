using System.Net;
using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>The documentation points only at what is there: files, headings, source paths, types and actors.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Documents => [.. SourceTree.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_and_its_anchor_lead_somewhere(string document)
    {
        foreach (var link in MarkdownText.Links(SourceTree.Read(document)))
        {
            if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            var parts = link.Split('#', 2);
            var target = parts[0].Length == 0 ? document : Path.GetRelativePath(SourceTree.Root, Path.Combine(SourceTree.Root, Path.GetDirectoryName(document)!, parts[0]));
            Assert.True(SourceTree.Has(target), $"{document}: the link {link} leads nowhere");
            if (parts.Length == 2 && target.EndsWith(".md", StringComparison.Ordinal))
                Assert.True(MarkdownText.Anchors(SourceTree.Read(target)).Contains(parts[1]), $"{document}: {target} has no heading #{parts[1]}");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_source_path_that_is_named_exists(string document)
    {
        foreach (var path in MarkdownText.SourcePaths(SourceTree.Read(document)))
            Assert.True(SourceTree.Has(path), $"{document} names {path}, which is not there");
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_source_file_that_is_named_alone_exists_somewhere(string document)
    {
        foreach (var name in MarkdownText.FileNames(SourceTree.Read(document)))
            Assert.True(SourceTree.Sources.Any(source => source.EndsWith($"/{name}", StringComparison.Ordinal)), $"{document} names {name}, which is nowhere");
    }

    [Fact]
    public void Every_name_of_code_that_the_pages_for_developers_use_is_in_the_sources()
    {
        var known = SourceTree.Sources.SelectMany(source => Word().Matches(SourceTree.Read(source))).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var document in SourceTree.Documents.Where(static document => document.StartsWith("docs/developers/", StringComparison.Ordinal)))
        {
            var unknown = MarkdownText.Identifiers(SourceTree.Read(document)).Except(known).ToList();
            Assert.True(unknown.Count == 0, $"{document} names {string.Join(", ", unknown)}, which the sources do not know");
        }
    }

    [Fact]
    public void Every_page_can_be_reached_from_the_README()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<string>(["README.md"]);
        while (waiting.TryDequeue(out var page))
        {
            if (!reached.Add(page)) continue;
            foreach (var link in MarkdownText.Links(SourceTree.Read(page)).Select(link => link.Split('#')[0]).Where(link => link.EndsWith(".md", StringComparison.Ordinal) && !link.Contains("://", StringComparison.Ordinal)))
                waiting.Enqueue(Path.GetRelativePath(SourceTree.Root, Path.Combine(SourceTree.Root, Path.GetDirectoryName(page)!, link)));
        }

        Assert.Empty(SourceTree.Documents.Where(static document => document.StartsWith("docs/", StringComparison.Ordinal)).Except(reached));
    }

    [Fact]
    public void The_tree_of_actors_in_ARCHITECTURE_names_types_that_exist()
    {
        var types = typeof(Actors.DataNode).Assembly.GetTypes().Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(Tree());
        Assert.Empty(Tree().Select(actor => actor.Type).Except(types));
    }

    [Fact]
    public void The_picture_of_the_README_shows_the_actors_of_ARCHITECTURE_and_no_others()
    {
        var names = Tree().Select(actor => actor.Name).ToHashSet(StringComparer.Ordinal);
        var shown = PictureActor().Matches(SourceTree.Read("docs/pictures/actors.svg")).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(shown.Except(names));
        Assert.Empty(names.Except(shown));
    }

    [Fact]
    public void Headings_have_the_anchors_that_GitHub_gives_them()
    {
        var anchors = MarkdownText.Anchors("# The `cubeactors.raft` section\n## What to do, and why?\n```\n# no heading\n```\n## Keys\n## Keys\n");
        Assert.Equal(["the-cubeactorsraft-section", "what-to-do-and-why", "keys", "keys-1"], anchors);
    }

    [Fact]
    public void Links_are_found_in_prose_and_in_HTML_and_not_in_code() =>
        Assert.Equal(["b.md#c", "d.svg"], MarkdownText.Links("[a](b.md#c) and `[x](y.md)`\n```\n[x](z.md)\n```\n<img src=\"d.svg\">"));

    /// <summary>The block of ARCHITECTURE.md that begins with /user/node: names of actors and their types.</summary>
    private static IReadOnlyList<(string Name, string Type)> Tree() =>
    [
        .. SourceTree.Read("ARCHITECTURE.md").Split('\n').SkipWhile(line => !line.StartsWith("/user/node", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal))
            .SelectMany(line => Actor().Matches(line)).Select(match => (match.Groups[1].Value, match.Groups[2].Value)),
    ];

    /// <summary>At the beginning of a line, or behind a semicolon where two share one.</summary>
    [GeneratedRegex("(?:^ *(?:/user/)?|; )([a-z][a-z-]*(?:<[a-z]+>)?)(?:  +|: )([A-Z][A-Za-z]+)")]
    private static partial Regex Actor();

    [GeneratedRegex("[A-Z][A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex("class=\"actor[^\"]*\"[^>]*>([^<]+)<")]
    private static partial Regex PictureActor();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>
#include <ui/look.h>
#include <ui/look_symbols.h>

#include <QAbstractButton>
#include <QCheckBox>
#include <QFrame>
#include <QLabel>

#include <optional>

class QVBoxLayout;

/// The small parts that all windows are made of. Text from outside goes through shownText() before
/// it gets here; every one of them shows plain text only.
namespace gatehouse::ui {

/// Plain text that wraps, in a tone that follows the palette.
class TextLabel : public QLabel {
    Q_OBJECT

public:
    explicit TextLabel(QWidget *parent = nullptr, Tone tone = Tone::Text,
                       TextSize size = TextSize::Body, QFont::Weight weight = QFont::Normal);
    /// Shows the text with places to break very long words, such as addresses; words() and screen
    /// readers have it without.
    void setWords(const QString &words);
    [[nodiscard]] QString words() const { return accessibleName(); }
    void setTone(Tone tone);
    void setTextSize(TextSize size, QFont::Weight weight = QFont::Normal);

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyTone();

    Tone m_tone;
};

/// A symbol as high as a line of text, in a tone that follows the palette. Says nothing to screen
/// readers: a word stands beside it.
class SymbolLabel : public QWidget {
    Q_OBJECT

public:
    explicit SymbolLabel(Symbol symbol, Tone tone = Tone::Text, TextSize size = TextSize::Body,
                         QWidget *parent = nullptr);
    void set(Symbol symbol, Tone tone);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Symbol m_symbol;
    Tone m_tone;
};

/// A symbol and a sentence that wraps beside it.
class SymbolLine : public QWidget {
    Q_OBJECT

public:
    explicit SymbolLine(QWidget *parent = nullptr, TextSize size = TextSize::Body);
    void set(Symbol symbol, Tone tone, const QString &text, QFont::Weight weight = QFont::Normal);
    [[nodiscard]] QString text() const { return m_text->words(); }
    [[nodiscard]] TextLabel *label() const { return m_text; }

private:
    SymbolLabel *m_symbol;
    TextLabel *m_text;
    TextSize m_size;
};

/// The square with a client's initials; never a picture from elsewhere.
class Tile : public QWidget {
    Q_OBJECT

public:
    explicit Tile(QWidget *parent = nullptr, qreal sideInEm = 3.4);
    /// Initials in the palette's text, or any text in an accent.
    void set(const QString &text, Tone tone = Tone::Text);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone = Tone::Text;
};

/// "Claude Code" gives CC, "playground" Pl.
[[nodiscard]] QString initials(const QString &name);

/// Draws a tile, for delegates.
void paintTile(QPainter &painter, const QRect &rect, const QString &text, Tone tone,
               const QPalette &palette);

/// A rounded frame: around content on Base or Window, or a message in an accent.
class Box : public QFrame {
    Q_OBJECT

public:
    enum class Ground { Window, Base };
    explicit Box(QWidget *parent = nullptr, Ground ground = Ground::Window);
    /// Fills the box with an accent.
    void setAccent(Accent accent);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void applyGround();

    Ground m_ground;
    std::optional<Accent> m_accent;
};

/// A symbol, a title and sentences in an accent's box.
class MessageBoxPanel : public Box {
    Q_OBJECT

public:
    explicit MessageBoxPanel(QWidget *parent = nullptr);
    /// Without a title the sentences stand alone; more than one get bullets.
    void set(Accent accent, Symbol symbol, const QString &title, const QStringList &sentences);
    /// All of it, for screen readers and tests.
    [[nodiscard]] QString text() const;

private:
    SymbolLabel *m_symbol;
    TextLabel *m_title;
    QVBoxLayout *m_lines;
};

/// A quiet button that looks like a link.
class LinkButton : public QAbstractButton {
    Q_OBJECT

public:
    explicit LinkButton(QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

/// A check box whose text wraps, and all of which can be clicked.
class WrappingCheckBox : public QCheckBox {
    Q_OBJECT

public:
    explicit WrappingCheckBox(QWidget *parent = nullptr);
    /// The words as they are: "&" marks no key.
    void setWords(const QString &words);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    [[nodiscard]] bool hitButton(const QPoint &) const override;

private:
    [[nodiscard]] int indent() const;

    QString m_words;
};

/// A thin line between parts of a window.
class Separator : public QWidget {
    Q_OBJECT

public:
    /// `space` pixels are left free above and below the line.
    explicit Separator(QWidget *parent = nullptr, int space = 0);

protected:
    void paintEvent(QPaintEvent *event) override;
};

/// Reads, Changes or Deletes as symbol and word; the last two in a coloured mark.
class EffectMark : public QWidget {
    Q_OBJECT

public:
    explicit EffectMark(ScopeEffect effect, QWidget *parent = nullptr);
    [[nodiscard]] static QString word(ScopeEffect effect);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    ScopeEffect m_effect;
};

} // namespace gatehouse::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look_widgets.h>

#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QStyleOptionButton>
#include <QStyleOptionFocusRect>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kRadius = 5;
constexpr int kWrapFlags = Qt::TextWordWrap;

QPalette inheritedPalette(const QWidget &widget)
{
    return widget.parentWidget() ? widget.parentWidget()->palette() : QApplication::palette();
}

QRectF onPixels(const QRect &rect)
{
    return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
}

/// Runs without a space that are longer than this get places to break.
constexpr int kLongestRun = 20;

QString breakable(const QString &text)
{
    constexpr QChar zeroWidthSpace(0x200b);
    QStringList words = text.split(u' ');
    for (auto &word : words) {
        if (word.size() <= kLongestRun)
            continue;
        QString broken;
        int run = 0;
        for (const auto character : std::as_const(word)) {
            broken.append(character);
            ++run;
            const auto mayBreak = u"./-_:@?&="_s.contains(character) || run >= kLongestRun;
            if (mayBreak && !character.isHighSurrogate()) {
                broken.append(zeroWidthSpace);
                run = 0;
            }
        }
        word = broken;
    }
    return words.join(u' ');
}

Accent accentOf(ScopeEffect effect)
{
    return effect == ScopeEffect::Deletes ? Accent::Danger : Accent::Caution;
}

Symbol symbolOf(ScopeEffect effect)
{
    switch (effect) {
    case ScopeEffect::Reads:
        return Symbol::Reads;
    case ScopeEffect::Changes:
        return Symbol::Changes;
    case ScopeEffect::Deletes:
        return Symbol::Deletes;
    }
    return Symbol::Changes;
}

} // namespace

TextLabel::TextLabel(QWidget *parent, Tone tone, TextSize size, QFont::Weight weight)
    : QLabel(parent), m_tone(tone)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setTextSize(size, weight);
    applyTone();
}

void TextLabel::setWords(const QString &words)
{
    setText(breakable(words));
    setAccessibleName(words);
}

void TextLabel::setTone(Tone tone)
{
    m_tone = tone;
    applyTone();
}

void TextLabel::setTextSize(TextSize size, QFont::Weight weight)
{
    setFont(textFont(size, weight));
}

void TextLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::ParentChange)
        applyTone();
}

void TextLabel::applyTone()
{
    const auto color = toneColor(m_tone, inheritedPalette(*this));
    auto own = QPalette();
    const auto disabled = blended(color, inheritedPalette(*this).color(QPalette::Window), 0.5);
    if (palette().color(QPalette::Active, QPalette::WindowText) == color
        && palette().color(QPalette::Disabled, QPalette::WindowText) == disabled)
        return;
    for (const auto role : {QPalette::WindowText, QPalette::Text}) {
        own.setColor(role, color);
        own.setColor(QPalette::Disabled, role, disabled);
    }
    setPalette(own);
}

SymbolLabel::SymbolLabel(Symbol symbol, Tone tone, TextSize size, QWidget *parent)
    : QWidget(parent), m_symbol(symbol), m_tone(tone)
{
    const auto side = symbolSide(size);
    setFixedSize(side, QFontMetrics(textFont(size)).height());
}

void SymbolLabel::set(Symbol symbol, Tone tone)
{
    m_symbol = symbol;
    m_tone = tone;
    update();
}

void SymbolLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const auto pixmap =
        symbolPixmap(m_symbol, toneColor(m_tone, palette()), width(), devicePixelRatioF());
    painter.drawPixmap(0, (height() - width()) / 2, pixmap);
}

SymbolLine::SymbolLine(QWidget *parent, TextSize size)
    : QWidget(parent), m_symbol(new SymbolLabel(Symbol::Question, Tone::Second, size, this)),
      m_text(new TextLabel(this, Tone::Second, size)), m_size(size)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceSmall);
    layout->addWidget(m_symbol, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1);
}

void SymbolLine::set(Symbol symbol, Tone tone, const QString &text, QFont::Weight weight)
{
    m_symbol->set(symbol, tone);
    m_text->setTone(tone);
    m_text->setTextSize(m_size, weight);
    m_text->setWords(text);
}

Tile::Tile(QWidget *parent, qreal sideInEm) : QWidget(parent)
{
    const auto side = em(sideInEm);
    setFixedSize(side, side);
}

void Tile::set(const QString &text, Tone tone)
{
    m_text = text;
    m_tone = tone;
    update();
}

void Tile::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintTile(painter, rect(), m_text, m_tone, palette());
}

QString initials(const QString &name)
{
    const auto words = name.split(u' ', Qt::SkipEmptyParts);
    if (words.isEmpty())
        return u"?"_s;
    if (words.size() > 1)
        return words.first().left(1).toUpper() + words.at(1).left(1).toUpper();
    return words.first().left(1).toUpper() + words.first().mid(1, 1).toLower();
}

void paintTile(QPainter &painter, const QRect &rect, const QString &text, Tone tone,
               const QPalette &palette)
{
    constexpr qreal groundPart = 0.12;
    constexpr qreal textPart = 0.42;
    const auto color = toneColor(tone, palette);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(blended(color, palette.color(QPalette::Window), groundPart));
    const auto radius = rect.width() / 5.0;
    painter.drawRoundedRect(rect, radius, radius);
    auto font = textFont(TextSize::Body, QFont::Bold);
    font.setPixelSize(qRound(rect.height() * textPart));
    painter.setFont(font);
    painter.setPen(color);
    painter.drawText(rect, Qt::AlignCenter, text);
    painter.restore();
}

Box::Box(QWidget *parent, Ground ground) : QFrame(parent), m_ground(ground)
{
    applyGround();
}

void Box::setAccent(Accent accent)
{
    m_accent = accent;
    applyGround();
    update();
}

// What stands in the box blends its tones over the box's own ground.
void Box::applyGround()
{
    const auto from = inheritedPalette(*this);
    const auto ground = m_accent   ? boxColor(*m_accent, from)
        : m_ground == Ground::Base ? from.color(QPalette::Base)
                                   : from.color(QPalette::Window);
    if (palette().color(QPalette::Window) == ground)
        return;
    auto own = QPalette();
    own.setColor(QPalette::Window, ground);
    setPalette(own);
}

void Box::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::ParentChange)
        applyGround();
}

void Box::paintEvent(QPaintEvent *)
{
    const auto from = inheritedPalette(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(m_accent ? boxBorderColor(*m_accent, from) : lineColor(from));
    painter.setBrush(palette().color(QPalette::Window));
    painter.drawRoundedRect(onPixels(rect()), kRadius, kRadius);
}

MessageBoxPanel::MessageBoxPanel(QWidget *parent)
    : Box(parent), m_symbol(new SymbolLabel(Symbol::Caution, Tone::Caution, TextSize::Panel, this)),
      m_title(new TextLabel(this, Tone::Text, TextSize::Panel, QFont::Bold)),
      m_lines(new QVBoxLayout)
{
    m_lines->setSpacing(kSpaceTiny);
    m_lines->addWidget(m_title);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(kSpaceMedium, kSpaceMedium, kSpaceMedium, kSpaceMedium);
    layout->setSpacing(kSpaceMedium);
    layout->addWidget(m_symbol, 0, Qt::AlignTop);
    layout->addLayout(m_lines, 1);
}

void MessageBoxPanel::set(Accent accent, Symbol symbol, const QString &title,
                          const QStringList &sentences)
{
    setAccent(accent);
    m_symbol->set(symbol, toneOf(accent));
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    while (m_lines->count() > 1) {
        const std::unique_ptr<QLayoutItem> item(m_lines->takeAt(1));
        delete item->widget();
    }
    const auto bullets = sentences.size() > 1;
    for (const auto &sentence : sentences) {
        auto *line = new QWidget(this);
        auto *row = new QHBoxLayout(line);
        row->setContentsMargins({});
        row->setSpacing(kSpaceSmall);
        if (bullets) {
            auto *bullet = new TextLabel(line);
            bullet->setText(u"•"_s);
            row->addWidget(bullet, 0, Qt::AlignTop);
        }
        auto *text = new TextLabel(line);
        text->setWords(sentence);
        row->addWidget(text, 1);
        m_lines->addWidget(line);
    }
    QStringList whole = sentences;
    if (!title.isEmpty())
        whole.prepend(title);
    setAccessibleName(whole.join(u' '));
}

QString MessageBoxPanel::text() const
{
    return accessibleName();
}

LinkButton::LinkButton(QWidget *parent) : QAbstractButton(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize LinkButton::sizeHint() const
{
    const auto metrics = fontMetrics();
    const auto icon = this->icon().isNull() ? 0 : symbolSide() + kSpaceSmall;
    const auto text = metrics.size(Qt::TextShowMnemonic, this->text());
    return {text.width() + icon + 2, std::max(text.height() + 2, kTargetHeight)};
}

QSize LinkButton::minimumSizeHint() const
{
    return {std::min(sizeHint().width(), em(6)), sizeHint().height()};
}

void LinkButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const auto color = isEnabled() ? toneColor(Tone::Calm, palette())
                                   : palette().color(QPalette::Disabled, QPalette::WindowText);
    auto area = rect().adjusted(1, 1, -1, -1);
    if (!icon().isNull()) {
        const auto side = symbolSide();
        const QRect place(area.left(), area.center().y() - side / 2, side, side);
        icon().paint(&painter, QStyle::visualRect(layoutDirection(), area, place));
        area = QStyle::visualRect(layoutDirection(), rect(),
                                  area.adjusted(side + kSpaceSmall, 0, 0, 0));
    }
    auto underlined = font();
    underlined.setUnderline(icon().isNull());
    painter.setFont(underlined);
    painter.setPen(icon().isNull() ? color : palette().color(QPalette::WindowText));
    const auto shown =
        fontMetrics().elidedText(text(), Qt::ElideMiddle, area.width(), Qt::TextShowMnemonic);
    painter.drawText(area, int(Qt::AlignVCenter | Qt::AlignLeading | Qt::TextShowMnemonic), shown);
    if (hasFocus()) {
        QStyleOptionFocusRect focus;
        focus.initFrom(this);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, this);
    }
}

WrappingCheckBox::WrappingCheckBox(QWidget *parent) : QCheckBox(parent)
{
    auto policy = QSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void WrappingCheckBox::setWords(const QString &words)
{
    m_words = words;
    setAccessibleName(words);
    updateGeometry();
    update();
}

int WrappingCheckBox::indent() const
{
    return style()->pixelMetric(QStyle::PM_IndicatorWidth, nullptr, this) + kSpaceSmall;
}

QSize WrappingCheckBox::sizeHint() const
{
    const auto width = indent() + fontMetrics().horizontalAdvance(m_words) + 2;
    return {width, heightForWidth(width)};
}

QSize WrappingCheckBox::minimumSizeHint() const
{
    return {indent() + em(6), std::max(fontMetrics().height(), kTargetHeight)};
}

int WrappingCheckBox::heightForWidth(int width) const
{
    const QRect room(0, 0, width - indent(), QWIDGETSIZE_MAX);
    const auto text = fontMetrics().boundingRect(room, kWrapFlags, m_words);
    return std::max(text.height() + 2, kTargetHeight);
}

bool WrappingCheckBox::hitButton(const QPoint &point) const
{
    return rect().contains(point);
}

void WrappingCheckBox::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    const auto side = style()->pixelMetric(QStyle::PM_IndicatorWidth, &option, this);
    const auto line = std::max(fontMetrics().height() + 2, kTargetHeight);
    const auto visual = [this](const QRect &place) {
        return QStyle::visualRect(layoutDirection(), rect(), place);
    };
    option.rect = visual(QRect(0, (line - side) / 2, side, side));
    style()->drawPrimitive(QStyle::PE_IndicatorCheckBox, &option, &painter, this);

    const auto single = heightForWidth(width()) <= line;
    const auto place = visual(QRect(indent(), 0, width() - indent(), single ? line : height()));
    painter.setPen(
        palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
    painter.drawText(place, kWrapFlags | int(Qt::AlignVCenter | Qt::AlignLeading), m_words);
    if (hasFocus()) {
        QStyleOptionFocusRect focus;
        focus.initFrom(this);
        const auto text = fontMetrics().boundingRect(
            place, kWrapFlags | int(Qt::AlignVCenter | Qt::AlignLeading), m_words);
        focus.rect = text.adjusted(-kSpaceTiny, -1, kSpaceTiny, 1) & rect();
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, this);
    }
}

Separator::Separator(QWidget *parent, int space) : QWidget(parent)
{
    setFixedHeight(1 + 2 * space);
}

void Separator::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(0, height() / 2, width(), 1, lineColor(palette()));
}

EffectMark::EffectMark(ScopeEffect effect, QWidget *parent) : QWidget(parent), m_effect(effect)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setFont(
        textFont(TextSize::Second, effect == ScopeEffect::Reads ? QFont::Normal : QFont::DemiBold));
    setAccessibleName(word(effect));
}

QString EffectMark::word(ScopeEffect effect)
{
    switch (effect) {
    case ScopeEffect::Reads:
        return tr("Reads");
    case ScopeEffect::Changes:
        return tr("Changes");
    case ScopeEffect::Deletes:
        return tr("Deletes");
    }
    return {};
}

QSize EffectMark::sizeHint() const
{
    const auto text = fontMetrics().size(0, word(m_effect));
    return {kSpaceSmall + symbolSide(TextSize::Second) + kSpaceTiny + text.width() + kSpaceSmall,
            std::max(text.height() + 2, kTargetHeight - kSpaceTiny)};
}

void EffectMark::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto quiet = m_effect == ScopeEffect::Reads || !isEnabled();
    const auto accent = accentOf(m_effect);
    const auto color = quiet ? toneColor(Tone::Second, palette()) : accentColor(accent, palette());
    if (!quiet) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(boxColor(accent, palette()));
        painter.drawRoundedRect(rect(), height() / 2.0, height() / 2.0);
    }
    const auto side = symbolSide(TextSize::Second);
    const auto visual = [this](const QRect &place) {
        return QStyle::visualRect(layoutDirection(), rect(), place);
    };
    painter.drawPixmap(visual(QRect(kSpaceSmall, (height() - side) / 2, side, side)),
                       symbolPixmap(symbolOf(m_effect), color, side, devicePixelRatioF()));
    painter.setPen(color);
    const auto start = kSpaceSmall + side + kSpaceTiny;
    painter.drawText(visual(QRect(start, 0, width() - start, height())),
                     int(Qt::AlignVCenter | Qt::AlignLeading), word(m_effect));
}

} // namespace gatehouse::ui

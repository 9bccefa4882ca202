# plot.gp - the ratios to the floor as bars, for gnuplot. The data comes before, as $data; names is
# how many clients there are.
set terminal svg size 1200,480 font "sans-serif,12" background "white"
set title "Wall time as a multiple of the floor's (a raw client with one fsync); less is better"
set style data histogram
set style histogram clustered gap 1.5
set style fill solid 0.85 noborder
set datafile missing "-"
set logscale y
set yrange [0.8:*]
set ylabel "times the floor"
set grid ytics lc rgb "#dddddd"
set xtics scale 0
set key outside top center horizontal
set border 3
set tics nomirror
array colour[6] = ["#1b6ca8", "#d98f2b", "#7a9e3f", "#a05195", "#8a8a8a", "#c0392b"]
plot for [i = 2 : names + 1] $data using i:xtic(1) title columnheader(i) lc rgb colour[i - 1], \
    1 with lines lc rgb "#444444" dt 2 notitle
